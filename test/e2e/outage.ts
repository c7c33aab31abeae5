import { get as request, type IncomingMessage } from 'node:http'
import t, { type Test } from 'tap'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import type { SandboxMessage } from '../../src/sandbox/script/message.js'
import { startTestApp } from '../fixtures/app.js'
import { startOwnPostgres } from '../fixtures/own-postgres.js'
import { startTestSandbox } from '../fixtures/sandbox.js'
import { difference, get } from './fixtures/http.js'
import { uniqueIdOf } from './fixtures/unique-id.js'
import { until } from './fixtures/until.js'

/** Two bots in a channel, before a PostgreSQL that can be stopped. */
async function setScene (t: Test) {
  const postgres = await startOwnPostgres(t)
  const sandbox = await startTestSandbox(t)
  const bots = [sandbox.createBot(), sandbox.createBot()] as const
  const user = sandbox.createUser()
  const channel = sandbox.createChannel({ title: 'films', creator: user })
  for (const bot of bots) channel.add(bot)
  for (const bot of bots) user.startChat(bot)
  const app = await startTestApp(t, { sandbox, bots, databaseUrl: postgres.url })
  await app.settled(30_000)
  let made = 0
  const post = (size = 1_000) => {
    const file = sandbox.file({ kind: 'document', content: syntheticContent(++made, size) })
    channel.post({ media: file })
    return { id: uniqueIdOf('document', file), content: file.content, url: `${app.address}/download/${uniqueIdOf('document', file)}` }
  }
  const letter = () => user.sendTo(bots[0], { media: sandbox.file({ kind: 'document', content: syntheticContent(++made, 10) }) })
  /** How many files both bots can read. */
  const stored = async () => Number((await postgres.query<{ count: string }>('SELECT count(*) FROM media_files WHERE b_1 IS NOT NULL AND b_2 IS NOT NULL'))[0]?.count)
  const ready = async () => {
    const { status, body } = await get(`${app.address}/readyz`)
    return { code: status, ...JSON.parse(body.toString()) as { status: string, reasons?: string[], database: string } }
  }
  const repliesTo = ({ model }: SandboxMessage) => sandbox.sent().filter(reply => reply.replyTo?.model === model).length
  return { postgres, sandbox, bots, app, post, letter, stored, ready, repliesTo }
}

/** A viewer who has the beginning and reads on when told. */
async function startViewing (url: string): Promise<() => Promise<Buffer>> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => { request(url, { agent: false }, resolve).on('error', reject) })
  return async () => {
    const parts: Buffer[] = []
    for await (const part of response) parts.push(part as Buffer)
    return Buffer.concat(parts)
  }
}

t.test('PostgreSQL is away: streams and files asked for lately go on, and afterwards nothing is missing', async t => {
  const { postgres, sandbox, bots, app, post, letter, stored, ready, repliesTo } = await setScene(t)
  const [film, known, unknown] = [post(30_000_000), post(), post()]
  await until('three rows', async () => await stored() === 3)
  t.equal((await get(known.url)).status, 200)
  const watch = await startViewing(film.url)
  t.match(await ready(), { status: 'ready', database: 'ok' })

  await postgres.stop()
  const letters = [letter(), letter()]
  for (let i = 0; i < 20; i++) post()
  await until('the loss to show', async () => (await ready()).database === 'unreachable')
  t.match(await ready(), { code: 200, status: 'degraded', reasons: [/the database does not answer/] })
  t.equal(difference((await get(known.url)).body, known.content.read(0, 1_000)), null, 'a file that was asked for lately')
  t.equal((await get(unknown.url)).status, 503, 'a file that was not')
  t.equal(difference(await watch(), film.content.read(0, 30_000_000)), null, 'the film goes on')

  const logIns = () => app.said.filter(line => line.includes('bot is online')).length
  const before = logIns()
  for (const bot of bots) sandbox.disconnect({ accountId: bot.id })
  await until('the bots to be back', () => logIns() === before + 2 && app.reports().every(({ state }) => state === 'online'))
  t.equal((await get(known.url)).status, 200, 'also through new connections')
  post()

  await postgres.start()
  await until('all rows', async () => await stored() === 24)
  await until('the answers', () => letters.every(one => repliesTo(one) > 0))
  t.same(letters.map(repliesTo), [1, 1], 'each letter is answered once')
  await until('readiness', async () => (await ready()).status === 'ready')
  t.equal((await get(unknown.url)).status, 200)
})

t.test('a link that was ended stays ended when PostgreSQL goes away, whichever way it was ended', async t => {
  const postgres = await startOwnPostgres(t)
  const sandbox = await startTestSandbox(t)
  const [bot, user] = [sandbox.createBot(), sandbox.createUser()]
  const token = 'a-token-for-the-tests'
  const app = await startTestApp(t, { sandbox, bots: [bot], databaseUrl: postgres.url, env: { LINK_SECRET: 'a secret for the tests', ADMIN_TOKEN: token } })
  await app.settled(30_000)
  const send = async (index: number) => {
    const file = sandbox.file({ kind: 'document', content: syntheticContent(index, 1_000) })
    const reply = await sandbox.waitForReply(user.sendTo(bot, { media: file }), { bot })
    const url = /https?:\/\/\S+/.exec(reply.text)?.[0] ?? ''
    t.equal((await get(url)).status, 200)
    return { id: uniqueIdOf('document', file), reply, url }
  }
  const [pressed, told, revoked, forgotten, untouched] = [await send(1), await send(2), await send(3), await send(4), await send(5)]

  const query = user.press(pressed.reply, 'Revoke')
  await sandbox.waitFor(() => query.answer)
  t.match((await sandbox.waitForReply(user.sendTo(bot, { text: `/revoke ${told.id}` }), { bot })).text, /Revoked/)
  const administer = async (method: string, path: string) => (await fetch(`${app.address}/api/files/${path}`, { method, headers: { authorization: `Bearer ${token}` } })).status
  t.equal(await administer('POST', `${revoked.id}/revoke`), 200)
  t.equal(await administer('DELETE', forgotten.id), 204)

  await postgres.stop()
  const statuses = await Promise.all([pressed, told, revoked, forgotten, untouched].map(async ({ url }) => (await get(url)).status))
  t.same(statuses, [503, 503, 503, 503, 200])
  t.same(await Promise.all([untouched.id, 'AgADnothing'].map(async id => (await get(`${app.address}/download/${id}?sig=x`)).status)), [503, 503], 'a guess learns nothing')
  t.equal(await administer('POST', `${untouched.id}/links`), 503, 'a new link must be of the generation that counts')
})

t.test('while more comes than may wait, the rest stays with Telegram and is fetched when PostgreSQL is back', async t => {
  const { postgres, app, sandbox, post, stored, ready } = await setScene(t)
  post()
  await until('a row', async () => await stored() === 1)
  await postgres.stop()
  for (let i = 0; i < 1_500; i++) {
    post()
    // The bots read on meanwhile.
    if (i % 50 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  const waiting = async () => Number(/(\d+) messages wait/.exec((await ready()).reasons?.join() ?? '')?.[1] ?? 0)
  await until('the limit', async () => await waiting() >= 4_000)
  t.ok(await waiting() < 2 * 2_100, `two bots hold ${await waiting()} batches and messages of 6 000`)
  const asked = () => sandbox.stats().methods['updates.GetChannelDifference']?.calls ?? 0
  const before = asked()
  await postgres.start()
  await until('all rows', async () => await stored() === 1_501)
  t.ok(asked() > before, 'the rest was asked for')
  t.equal(app.said.filter(line => line.includes('could not be taken in')).length, 2, 'one line for each bot')
  await until('readiness', async () => (await ready()).status === 'ready')
})

t.test('PostgreSQL goes away during a walk: the walk goes on where it was, in the same process', async t => {
  const postgres = await startOwnPostgres(t)
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const channel = sandbox.createChannel({ title: 'Archive', creator: sandbox.createUser() })
  for (let i = 0; i < 1_500; i++) channel.post(i % 10 === 0 ? { media: sandbox.file({ kind: 'document', content: syntheticContent(i, 10) }) } : { text: `message ${i}` })
  channel.add(bot)
  const app = await startTestApp(t, { sandbox, bots: [bot], databaseUrl: postgres.url, env: { INDEX_RATE: '1000' } })
  await app.settled(30_000)
  const walk = async () => (await postgres.query<{ state: string, cursor_id: number | null, to_id: number, files: number }>('SELECT * FROM teleferry_backfills'))[0]
  await postgres.query("INSERT INTO teleferry_backfills (chat_id, asked_by) VALUES ($1, 'cli')", [channel.chatId])
  await until('its beginning', async () => ((await walk())?.cursor_id ?? 0) > 100)
  await postgres.stop()
  await until('the failure to give it back', () => app.said.some(line => line.includes('could not be given back')))
  await postgres.start()
  t.match(await until('its end', async () => { const now = await walk(); return now?.state === 'done' && now }, 60), { files: 150 })
})

t.test('a database that is put back to an earlier moment is noticed, and what it lacks is fetched again', async t => {
  const { postgres, app, post, stored } = await setScene(t)
  post()
  await until('a row', async () => await stored() === 1)
  const states = await postgres.query('SELECT * FROM teleferry_update_states')
  for (let i = 0; i < 5; i++) post()
  await until('six rows', async () => await stored() === 6)
  await postgres.query('DELETE FROM media_files WHERE created_at > (SELECT min(created_at) FROM media_files)')
  for (const { bot_id: botId, chat_id: chatId, pts } of states) await postgres.query('UPDATE teleferry_update_states SET pts = $3 WHERE bot_id = $1 AND chat_id = $2', [botId, chatId, pts])
  t.equal(await stored(), 1)
  post()
  await until('seven rows', async () => await stored() === 7)
  t.equal(app.said.filter(line => line.includes('put back to an earlier moment')).length, 2, 'each bot says it once')
})
