import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import t from 'tap'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { settingsFor } from '../fixtures/app.js'
import { createRandom, type Random, runSeed } from '../streaming/fixtures/random.js'
import { createHostile, type Hostile, hostileKinds } from './fixtures/hostile.js'
import { difference, get } from './fixtures/http.js'
import { startProgram } from './fixtures/process.js'
import { post, setStage } from './fixtures/story.js'
import { until } from './fixtures/until.js'

const seed = runSeed()
const total = 10_000
const atOnce = 40
const size = 60_000_000

/** What a sender does when it has sent everything: ends its side and reads on, leaves at once, or waits for the first answer. */
type Manner = 'half-close' | 'leave' | 'wait'

/** Resolves when a connection is over, in whatever way: `once` would take a reset for a failure. */
async function over (socket: Socket): Promise<void> {
  await new Promise<void>(resolve => { socket.once('close', () => resolve()) })
}

/** Sends it and returns all that came back until the connection was over. */
async function send (port: number, { bytes }: Hostile, manner: Manner): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const chunks: Buffer[] = []
  // A reset is the end of a connection, too.
  socket.on('error', () => {})
  socket.on('data', chunk => {
    chunks.push(chunk)
    if (manner === 'wait' && Buffer.concat(chunks).includes('\r\n\r\n')) socket.destroy()
  })
  socket.on('end', () => socket.destroy())
  if (manner === 'half-close') socket.end(bytes)
  else socket.write(bytes, () => { if (manner === 'leave') socket.destroy() })
  await over(socket)
  return Buffer.concat(chunks).toString('latin1')
}

/** The statuses of all answers in what came over a connection. Interim ones are no answers. */
function statusesIn (text: string): number[] {
  return [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status)).filter(status => status >= 200)
}

/** A viewer who reads as the abuse goes on. */
async function startViewer (url: string) {
  const [response] = await once(request(url).end(), 'response') as [IncomingMessage]
  const chunks: Buffer[] = []
  const ended = new Promise<void>(resolve => { response.once('close', () => resolve()) })
  response.pause()
  return {
    sip: () => { const chunk: Buffer | null = response.read(); if (chunk !== null) chunks.push(chunk) },
    rest: async () => {
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.resume()
      await ended
      return { complete: response.complete, body: Buffer.concat(chunks) }
    }
  }
}

/** Sends a header byte for byte, four a second, until the server ends the connection. */
async function dribble (port: number): Promise<string> {
  const socket: Socket = connect(port, '127.0.0.1')
  let said = ''
  socket.on('error', () => {}).on('data', chunk => { said += String(chunk) })
  const ended = over(socket)
  socket.write('GET /download/x HTTP/1.1\r\nHost: x\r\nX-Slow: ')
  const drip = setInterval(() => { if (socket.writable) socket.write('a') }, 250)
  await ended
  clearInterval(drip)
  return said
}

t.test('ten thousand hostile requests get a 4xx or a closed connection, and harm neither the process nor another viewer', async t => {
  t.comment(`TEST_SEED=${seed} repeats these requests`)
  const stage = await setStage(t)
  const settings = await settingsFor(t, { sandbox: stage.sandbox, bots: stage.bots, databaseUrl: stage.database.url })
  const server = await startProgram(t, ['main.js'], settings)
  await server.says(/bot is online/)
  const port = Number(settings['PORT'])
  const app = { address: `http://127.0.0.1:${port}` }
  const { id, url, file } = await post(stage, app, { kind: 'video', name: 'film.mp4', content: syntheticContent('abuse', size), dcId: 4 })
  const random: Random = createRandom(seed)
  const viewer = await startViewer(url)
  const slow = Array.from({ length: 20 }, () => dribble(port))

  const wrong: string[] = []
  const met = new Map<string, number>()
  let next = 0
  const attack = async () => {
    while (next < total) {
      const turn = next++
      const hostile = createHostile(random, id, turn)
      // Of a request that is not whole nothing but its end can be waited for.
      const manner: Manner = turn % 10 === 0 ? 'leave' : /half|without end|noise|another|line|smuggling|chunks|odd/.test(hostile.kind) ? 'half-close' : random.pick(['half-close', 'wait'])
      const statuses = statusesIn(await send(port, hostile, manner))
      if (statuses.some(status => status < 400 || status > 499)) wrong.push(`${hostile.kind} (${manner}): ${statuses.join()} for ${JSON.stringify(hostile.bytes.toString('latin1').slice(0, 200))}`)
      for (const status of statuses) met.set(String(status), (met.get(String(status)) ?? 0) + 1)
      if (statuses.length === 0) met.set('closed', (met.get('closed') ?? 0) + 1)
      // Slowly enough to have most of the file still before him at the end.
      if (turn % 20 === 0) viewer.sip()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, attack))
  t.same(wrong.slice(0, 20), [])
  t.comment(`${total} requests of ${hostileKinds} kinds: ${[...met].sort().map(([status, count]) => `${count} × ${status}`).join(', ')}`)
  for (const status of ['400', '404', '405', '412', '416', '431', 'closed']) t.ok((met.get(status) ?? 0) > 0, `${status} was met`)

  const { complete, body } = await viewer.rest()
  t.ok(complete)
  t.equal(difference(body, file.content.read(0, size)), null, 'the other viewer has every byte')
  for (const said of await Promise.all(slow)) t.match(said, /^HTTP\/1\.1 408 /, 'slow headers are not waited for')
  await until('every connection is over', async () => (await get(`${app.address}/readyz`)).status === 200)
  const unhappy = server.output().split('\n').filter(line => /"level":(50|60)|nhandled|uncaught/.test(line))
  t.same(unhappy, [], 'the log has no error, and nothing was left unhandled')
  server.kill('SIGTERM')
  t.same(await server.ended, { code: 0, signal: null })
})
