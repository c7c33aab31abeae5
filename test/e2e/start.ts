import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { type Program, startProgram } from './fixtures/process.js'

/** Good in themselves; nobody is at the other end. */
const settings = { API_ID: '1', API_HASH: '0123456789abcdef0123456789abcdef', BOT_TOKENS: `1001:${'A'.repeat(35)}`, TELEGRAM_SERVER: '2@127.0.0.1:9', LOG_LEVEL: 'silent' }

type Starter = Parameters<typeof startProgram>[0]

async function refusal (t: Starter, words: [string, ...string[]], env: Readonly<Record<string, string>>): Promise<{ code: number | null, said: string }> {
  const program: Program = await startProgram(t, words, env)
  const { code } = await program.ended
  return { code, said: program.output() }
}

async function makeFolder (t: Starter): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'teleferry-test-'))
  t.teardown(async () => { await rm(folder, { recursive: true, force: true }) })
  return folder
}

t.test('a DATA_DIR that cannot be one ends the start with one line', async t => {
  const folder = await makeFolder(t)
  await writeFile(join(folder, 'file'), '')
  const cases: Array<[string, RegExp]> = [
    [join(folder, 'file'), /^DATA_DIR is a file or lies under one \(.*\/file\), and must be a folder: choose another one.*\n$/],
    [join(folder, 'file', 'data'), /^DATA_DIR is a file or lies under one \(.*\/file.*\), and must be a folder: .*\n$/],
    ...process.platform === 'linux' ? [['/proc/teleferry/data', /^DATA_DIR lies where no folder can be made \(\/proc\/teleferry\): .*\n$/] satisfies [string, RegExp]] : []
  ]
  for (const [DATA_DIR, says] of cases) {
    const { code, said } = await refusal(t, ['cli.js', 'serve'], { ...settings, DATA_DIR })
    t.equal(code, 1, DATA_DIR)
    t.match(said, says)
  }
})

t.test('a DATA_DIR that this user may not write to is not taken for a port', { skip: process.getuid?.() === 0 && 'root may write everywhere' }, async t => {
  const folder = await makeFolder(t)
  await chmod(folder, 0o500)
  for (const DATA_DIR of [folder, join(folder, 'data')]) {
    const { code, said } = await refusal(t, ['cli.js', 'serve'], { ...settings, DATA_DIR })
    t.equal(code, 1)
    t.match(said, /^DATA_DIR is a folder where this user may not write \(.*\n$/)
  }
})

t.test('a wrong LOG_LEVEL ends the demo with one line', async t => {
  const { code, said } = await refusal(t, ['cli.js', 'demo'], { LOG_LEVEL: 'loud' })
  t.equal(code, 1)
  t.match(said, /^LOG_LEVEL must be one of trace, .*for example LOG_LEVEL=info\n/)
  t.notMatch(said, /^ +at /m)
})
