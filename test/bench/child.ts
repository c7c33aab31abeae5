import { tmpdir } from 'node:os'
import t from 'tap'
import { startScript } from '../../bench/stage/child.js'
import type { Teardown } from '../fixtures/sandbox.js'
import type { ExampleCommands } from './fixtures/example-process.js'

const folder = tmpdir()
const never = new AbortController().signal

const start = async (t: Teardown, name: string, env = {}) => {
  const child = await startScript<ExampleCommands>({ what: name, file: new URL(`fixtures/${name}.ts`, import.meta.url), folder, env }, never)
  t.teardown(child.stop)
  return child
}

t.test('a process answers what it is asked, with big integers, bytes and errors', async t => {
  const { echo, fail } = (await start(t, 'example-process')).line(never)
  const sent = { big: 2n ** 62n, bytes: new Uint8Array([1, 2, 3]) }
  t.same(await echo(sent), sent)
  await t.rejects(fail('too bad'), /too bad/)
})

t.test('who waits no longer is told so, while others go on waiting', async t => {
  const child = await start(t, 'example-process')
  const leaving = new AbortController()
  const waiting = child.line(leaving.signal).wait()
  const other = child.line(never).wait()
  leaving.abort(new Error('no time'))
  await t.rejects(waiting, /no time/)
  await child.line(never).release()
  t.equal(await other, 'released')
})

t.test('a process that ends says what it said last', async t => {
  const child = await start(t, 'example-process')
  await t.rejects(child.line(never).die('out of luck'), /example-process has ended: out of luck/)
  t.equal(child.hasEnded(), true)
  await t.rejects(child.line(never).wait(), /has ended/)
})

t.test('a process that does not start says why', async t => {
  await t.rejects(start(t, 'broken-process'), /broken-process did not start:[^]*no such luck/)
})

t.test('a process sees no environment but its own', async t => {
  process.env['BENCH_TEST_SECRET'] = 'secret'
  t.teardown(() => { delete process.env['BENCH_TEST_SECRET'] })
  const { environment } = (await start(t, 'example-process', { GIVEN: 'yes' })).line(never)
  t.same(await environment(['BENCH_TEST_SECRET', 'GIVEN']), [undefined, 'yes'])
})
