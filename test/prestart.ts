import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const project = fileURLToPath(new URL('../', import.meta.url))

/** A program of two files with this project's scripts and settings of the compiler; its `setup` says only that it ran. */
function makeProject (t: { teardown (end: () => void): void }): { folder: string, prestart: (env?: Record<string, string>) => string } {
  const folder = mkdtempSync(join(tmpdir(), 'teleferry-test-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  for (const name of ['prestart.mjs', 'tsconfig.json', 'tsconfig.build.json']) cpSync(join(project, name), join(folder, name))
  const { scripts } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', scripts: { prestart: scripts.prestart, setup: 'echo setup', build: scripts.build } }))
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'), 'junction')
  mkdirSync(join(folder, 'src', 'words'), { recursive: true })
  writeFileSync(join(folder, 'src', 'main.ts'), "import { word } from './words/word.js'\nconsole.log(word)\n")
  writeFileSync(join(folder, 'src', 'words', 'word.ts'), "export const word: string = 'first'\n")
  const prestart = (env: Record<string, string> = {}) => execFileSync('npm', ['run', '--silent', 'prestart'], { cwd: folder, encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: folder, ...env }, shell: process.platform === 'win32' })
  return { folder, prestart }
}

const says = (folder: string) => execFileSync(process.execPath, [join(folder, 'dist', 'main.js')], { encoding: 'utf8' }).trim()
const builds = 'setup\nCompiling\n'

/** As if a file had been written a while after everything else. */
function change (path: string, text: string | null): void {
  if (text !== null) writeFileSync(path, text)
  utimesSync(path, Date.now() / 1000 + 5, Date.now() / 1000 + 5)
}

function failureOf (work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}

t.test('it builds what is missing, older than the sources or incomplete, and else says nothing', t => {
  const { folder, prestart } = makeProject(t)
  t.equal(prestart(), builds, 'a fresh clone')
  t.equal(says(folder), 'first')
  t.equal(prestart(), '', 'nothing has changed')

  rmSync(join(folder, 'dist', 'words', 'word.js'))
  t.equal(prestart(), builds, 'a file of the build is gone')
  t.equal(says(folder), 'first')
  rmSync(join(folder, 'dist'), { recursive: true })
  t.equal(prestart(), builds, 'the build is gone')
  t.equal(says(folder), 'first')

  change(join(folder, 'src', 'words', 'word.ts'), "export const word: string = 'second'\n")
  t.equal(prestart(), builds, 'git pull')
  t.equal(says(folder), 'second')
  t.end()
})

t.test('where nothing can be compiled, what is there is left alone', t => {
  const { folder, prestart } = makeProject(t)
  prestart()
  change(join(folder, 'package.json'), null)
  rmSync(join(folder, 'node_modules'))
  t.equal(prestart({ NODE_ENV: 'production' }), '', 'Heroku has pruned the compiler')
  renameSync(join(folder, 'src'), join(folder, 'elsewhere'))
  t.equal(prestart(), '', 'an image has no sources')
  t.equal(says(folder), 'first')
  t.end()
})

t.test('what was touched and not changed is compiled once, and an error of the compiler ends it', t => {
  const { folder, prestart } = makeProject(t)
  prestart()
  const past = Date.now() / 1000 - 100
  utimesSync(join(folder, 'dist', '.tsbuildinfo'), past, past)
  t.equal(prestart(), builds)
  t.equal(prestart(), '')
  change(join(folder, 'src', 'main.ts'), 'const number: number = "text"\nconsole.log(number)\n')
  t.match(failureOf(() => prestart()), { status: 2, stdout: /main\.ts.*not assignable/ })
  t.ok(existsSync(join(folder, 'dist')))
  t.end()
})
