import { readFile } from 'node:fs/promises'
import t from 'tap'
import { startProgram } from './fixtures/process.js'

type Starter = Parameters<typeof startProgram>[0]

/** Calls the command line without any setting. */
async function call (t: Starter, ...words: string[]): Promise<{ code: number | null, said: string, erred: string }> {
  const program = await startProgram(t, ['cli.js', ...words], {})
  const { code } = await program.ended
  return { code, said: program.output(), erred: program.errors() }
}

t.test('it tells how it is used, and which version it is, to who asks', async t => {
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))
  const cases: Array<[string[], RegExp]> = [
    ...['help', '--help', '-h'].map(word => [[word], /^teleferry: carries files[\s\S]*\n {2}doctor +looks at/] satisfies [string[], RegExp]),
    ...['version', '--version'].map(word => [[word], new RegExp(`^${version}\n$`)] satisfies [string[], RegExp]),
    [['index', '--help'], /^node dist\/cli\.js index <chat> .*\n[\s\S]*--stop +ends/],
    [['help', 'index'], /^node dist\/cli\.js index <chat>/],
    [['doctor', '-h'], /^node dist\/cli\.js doctor \[--login\]\n/],
    [['serve', '--help'], /^node dist\/cli\.js serve\n/]
  ]
  for (const [words, pattern] of cases) {
    const { code, said, erred } = await call(t, ...words)
    t.equal(code, 0, words.join(' '))
    t.match(said, pattern)
    t.equal(erred, '')
  }
})

t.test('what it does not understand ends with 2 and a line, before any setting is looked at', async t => {
  const cases: Array<[string[], RegExp]> = [
    [['fly'], /^there is no command fly\n\nteleferry: carries/],
    [['toString'], /^there is no command toString\n/],
    [['serve', 'now'], /^now is not understood: serve takes nothing\nnode dist\/cli\.js help tells what there is\n$/],
    [['migrate', '--fast'], /^--fast is not understood: migrate takes nothing\n/],
    [['demo', '2'], /^2 is not understood: demo takes nothing\n/],
    [['doctor', '--fast'], /^--fast is not understood: doctor takes nothing but --login\n/],
    [['help', 'fly'], /^help takes the name of one command: serve, index/],
    [['index'], /^name one chat, for example: node dist\/cli\.js index -1001234567890 --from 1 --to 5000\n$/]
  ]
  for (const [words, pattern] of cases) {
    const { code, erred } = await call(t, ...words)
    t.equal(code, 2, words.join(' '))
    t.match(erred, pattern)
  }
})

t.test('a setting that is missing ends with 1', async t => {
  const { code, erred } = await call(t, 'index', '-1001234567890')
  t.equal(code, 1)
  t.match(erred, /^API_ID is missing/)
})
