// Loaded with --import: notes which addons of the project's own are loaded, and lets none be loaded where
// BENCH_CIPHER=wasm, so that the same program runs with and without its native cipher.

const loaded = []
globalThis[Symbol.for('teleferry.bench.addons')] = loaded

const load = process.dlopen
process.dlopen = function (module, path, ...flags) {
  const isOwn = !path.includes('node_modules')
  if (isOwn && process.env.BENCH_CIPHER === 'wasm') throw new Error('the benchmark wants no addon here')
  load.call(process, module, path, ...flags)
  if (isOwn) loaded.push(path)
}
