import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import t from 'tap'
import { loadConfig } from '../src/config.js'

const root = new URL('../', import.meta.url)
const read = async (path: string) => await readFile(new URL(path, root), 'utf8')
const namesIn = (text: string, pattern: RegExp) => new Set([...text.matchAll(pattern)].map(([, name = '']) => name))
const missing = (from: ReadonlySet<string>, all: ReadonlySet<string>) => [...all].filter(name => !from.has(name))

/** What the program reads: the schema's names, and those that the rest of the configuration asks for by name. */
async function namesOfProgram (): Promise<Set<string>> {
  const files = (await readdir(new URL('src/config/', root))).map(file => `src/config/${file}`)
  const texts = await Promise.all([...files, 'src/config.ts'].map(read))
  const named = texts.flatMap(text => [...namesIn(text, /'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|FQDN)'/g), ...namesIn(text, /^ {2}([A-Z][A-Z0-9_]*): (?:Type\.|yesNo)/gm)])
  return new Set([...named, 'MULTI_TOKEN1'])
}

/** Settings of what stands around the program. */
const notOurs = new Set(['POSTGRES_PASSWORD'])

t.test('.env.example has every setting, and no other', async t => {
  const known = await namesOfProgram()
  t.ok(known.size > 40 && known.has('ADMIN_TOKEN') && known.has('PORT') && known.has('LINK_TTL') && known.has('REPLY_IN_CHATS'))
  const names = namesIn(await read('.env.example'), /^#?([A-Z][A-Z0-9_]*)=/gm)
  t.same(missing(names, known), [], 'settings that it lacks')
  t.same(missing(new Set([...known, ...notOurs]), names), [], 'names that nothing reads')
})

t.test('.env.example can be used as it is, once the first three are filled in', async t => {
  const values = { ...parseEnv(await read('.env.example')) }
  t.same(values, { API_ID: '', API_HASH: '', BOT_TOKENS: '' })
  const filled = { API_ID: '1', API_HASH: '0'.repeat(32), BOT_TOKENS: `1001:${'A'.repeat(35)}` }
  t.same(loadConfig({ ...values, ...filled }), loadConfig(filled))
})

t.test('the README\'s table has every setting, and no other', async t => {
  const known = await namesOfProgram()
  const [, section = ''] = /\n## Settings\n([\s\S]*?)\n## /.exec(await read('README.md')) ?? []
  const rows = section.split('\n').filter(line => line.startsWith('| `')).join('\n')
  t.same(missing(namesIn(rows, /`([A-Z][A-Z0-9_]*)`/g), known), [], 'settings that it lacks')
  const firsts = new Set(rows.split('\n').flatMap(row => [...namesIn(row.split('|')[1] ?? '', /`([A-Z][A-Z0-9_]*)`/g)]))
  t.same(missing(known, firsts), [], 'names that nothing reads')
})

t.test('app.json asks for nothing that the program does not read', async t => {
  const { env } = JSON.parse(await read('app.json')) as { env: Record<string, unknown> }
  t.same(missing(await namesOfProgram(), new Set(Object.keys(env))), [])
})

t.test('CONTRIBUTING names every file and folder of src', async t => {
  const [, tree = ''] = /## The tree\n+```\n([\s\S]*?)```/.exec(await read('CONTRIBUTING.md')) ?? []
  const words = new Set(tree.split('\n').flatMap(line => line.trim().split(/\s+/)))
  const units = (await readdir(fileURLToPath(new URL('src/', root)), { withFileTypes: true })).map(entry => entry.isDirectory() ? `${entry.name}/` : entry.name)
  // A folder of the same name belongs to its file.
  t.same(units.filter(unit => !words.has(unit) && !words.has(unit.replace(/\/$/, '.ts'))), [])
})
