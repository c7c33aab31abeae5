// Builds the native cipher where a C compiler is at hand, and tries it out. Always exits 0: without it the cipher is
// WebAssembly, which needs nothing and takes four times as long.
import { execFileSync } from 'node:child_process'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = dirname(fileURLToPath(import.meta.url))
const target = join(folder, 'ige.node')
const fresh = join(folder, 'ige.new.node')

/** Node-API's headers: those of the running Node.js where it brings them, else those of the package. */
async function headers () {
  const own = join(dirname(process.execPath), '..', 'include', 'node')
  if (existsSync(join(own, 'node_api.h'))) return own
  return (await import('node-api-headers')).default.include_dir
}

function compile (compiler, include) {
  const platform = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []
  const processor = process.arch === 'arm64' && process.platform !== 'darwin' ? ['-march=armv8-a+crypto'] : []
  const args = ['-O3', '-shared', '-fPIC', ...platform, ...processor, `-I${include}`, '-o', fresh, join(folder, 'ige.c')]
  execFileSync(compiler, args, { stdio: 'pipe' })
}

/** In a process of its own: a processor without the instructions would end this one. */
const trial = `
  const ige = require(process.argv[1])
  const [key, iv, plain] = [32, 32, 4096].map((length, n) => Uint8Array.from({ length }, (_, i) => i * 7 + n))
  const [sealed, opened] = [new Uint8Array(4096), new Uint8Array(4096)]
  ige(true, sealed, plain, key, iv)
  ige(false, opened, sealed, key, iv)
  process.exit(Buffer.compare(plain, opened) === 0 && Buffer.compare(plain, sealed) !== 0 ? 0 : 1)`

async function build () {
  const include = await headers()
  const failures = []
  for (const compiler of [process.env.CC, 'cc', 'gcc', 'clang'].filter(Boolean)) {
    try {
      compile(compiler, include)
      execFileSync(process.execPath, ['-e', trial, fresh], { stdio: 'pipe' })
      renameSync(fresh, target)
      return
    } catch (error) {
      failures.push(`${compiler}: ${error.code ?? error.stderr?.toString().trim().split('\n')[0] ?? error.message}`)
    }
  }
  throw new Error(failures.join('; '))
}

await build().catch(error => {
  console.log(`no native cipher, WebAssembly will do (${error.message})`)
}).finally(() => rmSync(fresh, { force: true }))
