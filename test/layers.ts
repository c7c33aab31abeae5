import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative } from 'node:path'
import t from 'tap'
import ts from 'typescript'

/**
 * The levels: a unit (a file beside `src`'s folders, a folder, or both of one name) may import from itself and from units of
 * lower levels, never from its own level or a higher one. What is new here needs a level.
 */
const levels: Record<string, number> = {
  media: 0,
  errors: 0.1,
  log: 0.2,
  cipher: 0.2,
  'dot-env': 0.2,
  'start-failure': 0.2,
  'free-port': 0.2,
  'steady-clock': 0.2,
  'format-size': 0.2,
  'unless-late': 0.2,
  links: 0.2,
  database: 0.3,
  redis: 0.3,
  config: 0.4,
  telegram: 1,
  streaming: 1,
  leases: 1,
  catalogue: 1,
  history: 1,
  http: 2,
  metrics: 2,
  chat: 2,
  imports: 2,
  backfill: 2,
  ingest: 2,
  'follow-up': 2,
  outbox: 2,
  'storage-chat': 2,
  retention: 2,
  app: 3,
  main: 4,
  sandbox: 4,
  demo: 5,
  commands: 5,
  cli: 6
}

/** Who may import these units, where being higher is not enough. */
const onlyFor: Record<string, string[]> = { config: ['app', 'main', 'cli', 'commands', 'demo'], sandbox: ['cli', 'demo'] }

/** What these units may import, where being lower is not enough. */
const onlyFrom: Record<string, string[]> = { sandbox: ['cipher'] }

/** Where a package and what belongs to it may be imported. */
const packages: Array<{ name: RegExp, allowed: string[] }> = [
  { name: /^telegram(\/|$)/, allowed: ['telegram', 'sandbox'] },
  { name: /^(fastify|@fastify\/.*)$/, allowed: ['http'] },
  { name: /^ioredis$/, allowed: ['redis'] },
  { name: /^prom-client$/, allowed: ['metrics'] }
]

/** Who may read the environment; the embedded PostgreSQL hands no more than PATH and the like on to the programs that it starts. */
const environment = /^(main\.ts|cli\.ts|database\/embedded\/.*)$/

/** What is wrong with the imports of one file; `path` is relative to `src`. */
function wrongIn (path: string, text: string): string[] {
  const imports = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName)
  const wrong = imports.map(name => name.startsWith('.') ? wrongArrow(path, name) : wrongPackage(path, name))
  if (readsEnvironment(path, text) && !environment.test(path)) wrong.push(`${path} reads process.env: only main.ts and cli.ts may`)
  return wrong.filter(line => line !== null)
}

function wrongArrow (path: string, name: string): string | null {
  const target = join(dirname(path), name).replace(/\.js$/, '.ts')
  const [from, to] = [unitOf(path), unitOf(target)]
  const arrow = `${path} imports ${target}`
  if (target.startsWith('..')) return `${arrow}: outside src`
  if (from === to) return null
  const [above, below] = [levels[from], levels[to]]
  if (above === undefined || below === undefined) return `${arrow}: give ${above === undefined ? from : to} a level in test/layers.ts`
  if (onlyFor[to]?.includes(from) === false) return `${arrow}: only ${onlyFor[to].join(', ')} may`
  if (onlyFrom[from]?.includes(to) === false) return `${arrow}: ${from} may import only ${onlyFrom[from].join(', ')}`
  return above > below ? null : `${arrow}: ${above === below ? 'sideways' : 'upwards'}`
}

function wrongPackage (path: string, name: string): string | null {
  if (name.startsWith('node:')) return null
  if (builtinModules.includes(name)) return `${path} imports ${name}: write node:${name}`
  const rule = packages.find(({ name: pattern }) => pattern.test(name))
  return rule === undefined || rule.allowed.includes(unitOf(path)) ? null : `${path} imports ${name}: only ${rule.allowed.join(' and ')} may`
}

function unitOf (path: string): string {
  return path.replace(/(\/.*|\.ts)$/, '')
}

function readsEnvironment (path: string, text: string): boolean {
  const visit = (node: ts.Node): boolean => isEnvironment(node) || ts.forEachChild(node, child => visit(child) || undefined) === true
  return visit(ts.createSourceFile(path, text, ts.ScriptTarget.ES2022))
}

/** `process.env`, `process['env']`, `const { env } = process`, `import { env } from 'node:process'`. */
function isEnvironment (node: ts.Node): boolean {
  const isProcess = (other: ts.Node | undefined) => other !== undefined && ts.isIdentifier(other) && other.text === 'process'
  if (ts.isPropertyAccessExpression(node)) return isProcess(node.expression) && node.name.text === 'env'
  if (ts.isElementAccessExpression(node)) return isProcess(node.expression)
  if (ts.isVariableDeclaration(node)) return isProcess(node.initializer)
  return ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier) && /^(node:)?process$/.test(node.moduleSpecifier.text)
}

const root = join(import.meta.dirname, '../src')

t.test('every import in src points down, and every outside thing has its one place', async t => {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
  const paths = files.map(entry => relative(root, join(entry.parentPath, entry.name)))
  t.ok(paths.length > 10, 'the files were found')
  t.same([...new Set(paths.map(unitOf))].filter(unit => !(unit in levels)), [], 'all have a level in test/layers.ts')
  t.same(paths.flatMap(path => wrongIn(path, readFileSync(join(root, path), 'utf8'))), [])
})

t.test('a wrong arrow is found, however it is written', async t => {
  const wrong: Array<[path: string, text: string]> = [
    ['streaming/stream.ts', "import { startFleet } from '../telegram/fleet.js'"],
    ['streaming/stream.ts', "import type { Fleet } from '../telegram/fleet.js'"],
    ['streaming/stream.ts', "export { startFleet } from '../telegram/fleet.js'"],
    ['streaming/stream.ts', "export type * from '../telegram/fleet.js'"],
    ['streaming/stream.ts', "const fleet = await import('../telegram/fleet.js')"],
    ['streaming/stream.ts', "import '../telegram/fleet.js'"],
    ['streaming/stream.ts', "let fleet: import('../telegram/fleet.js').Fleet"],
    ['catalogue/media-files.ts', "import { answerFor } from '../http/answer.js'"],
    ['http/routes/download.ts', "import type { Link } from '../../chat/link.js'"],
    ['ingest.ts', "import { reply } from './chat/conversation.js'"],
    ['http/server.ts', "import type { Config } from '../config.js'"],
    ['media.ts', "import { FileGone } from './errors.js'"],
    ['http/server.ts', "import { readPort } from '../config/port.js'"],
    ['telegram/fleet.ts', "import { createApp } from '../app.js'"],
    ['app.ts', "import { createSandbox } from './sandbox/sandbox.js'"],
    ['sandbox/sandbox.ts', "import type { MediaId } from '../media.js'"],
    ['streaming/stream.ts', "import { Api } from 'telegram'"],
    ['chat/link.ts', "import type { Button } from 'telegram/tl/custom/button.js'"],
    ['chat/link.ts', "import type { FastifyInstance } from 'fastify'"],
    ['app.ts', "import rateLimit from '@fastify/rate-limit'"],
    ['http/rate-limit.ts', "import { Redis } from 'ioredis'"],
    ['streaming/lane.ts', "import { Counter } from 'prom-client'"],
    ['app.ts', "import '../bench/run.js'"],
    ['app.ts', "import { readFile } from 'fs'"],
    ['surprise/new.ts', "import type { MediaId } from '../media.js'"],
    ['app.ts', "import { thing } from './surprise/new.js'"],
    ['app.ts', 'const port = process.env.PORT'],
    ['config.ts', "const port = process['env']['PORT']"],
    ['config.ts', 'const { env } = process'],
    ['config.ts', "import { env } from 'node:process'"]
  ]
  for (const [path, text] of wrong) t.equal(wrongIn(path, text).length, 1, `${path}: ${text}`)
})

t.test('a right arrow is let through', async t => {
  const right: Array<[path: string, text: string]> = [
    ['streaming/stream.ts', "import type { MediaId } from '../media.js'"],
    ['http/routes/download.ts', "import { FileGone } from '../../errors.js'\nimport { answerFor } from '../answer.js'\nimport fastify from 'fastify'"],
    ['errors.ts', "import type { BotId } from './media.js'"],
    ['app.ts', "import { createServer } from './http/server.js'\nimport type { Config } from './config.js'"],
    ['cli.ts', "import { createSandbox } from './sandbox/sandbox.js'\nconst { PORT } = process.env"],
    ['sandbox/network/session.ts', "import { ige } from '../../cipher/ige.js'\nimport { Api } from 'telegram'"],
    ['telegram/bot.ts', "import { Api } from 'telegram/index.js'\nimport { readFile } from 'node:fs/promises'"],
    ['config.ts', "import { readPort } from './config/port.js'"],
    ['media.ts', "// import '../app.js' and process.env are only spoken of\nconst text = \"import { a } from './app.js'\""]
  ]
  for (const [path, text] of right) t.same(wrongIn(path, text), [], path)
})
