import t, { type Test } from 'tap'
import { Api } from 'telegram'
import { bytesContent } from '../../src/sandbox/world/content.js'
import { settingsFor, type TestApp } from '../fixtures/app.js'
import { get } from './fixtures/http.js'
import { startProgram } from './fixtures/process.js'
import { startServerProcess } from './fixtures/processes.js'
import { fileIdsOf, linkTo, post, type Row, setStage, type Stage, startOn } from './fixtures/story.js'
import { until } from './fixtures/until.js'

interface WalkRow extends Record<string, unknown> { readonly state: string, readonly cursor_id: number | null, readonly to_id: number | null, readonly messages: number, readonly files: number }

const walks = async ({ database }: Stage) => await database.query<WalkRow>('SELECT * FROM teleferry_backfills ORDER BY id')
const walkIs = async (stage: Stage, state: string) => await until(`a walk that is ${state}`, async () => (await walks(stage)).find(row => row.state === state), 60)

/** A channel that held messages before the bots came: every other one with a file, some deleted. Returns how many files are there. */
function fill ({ sandbox, user }: Stage, bots: Stage['bots'], count: number) {
  const channel = sandbox.createChannel({ title: 'Archive', creator: user })
  let files = 0
  for (let i = 0; i < count; i++) {
    const withFile = i % 2 === 0
    const message = channel.post(withFile ? { media: sandbox.file({ kind: 'document', name: `${i}.txt`, content: bytesContent(Buffer.from(`file ${i}`)) }) } : { text: `message ${i}` })
    if (i % 50 === 0) message.delete()
    else if (withFile) files++
  }
  for (const bot of bots) channel.add(bot)
  return { channel, files }
}

/** Counts the ids that each bot asks Telegram for. */
function countIds ({ sandbox }: Stage) {
  const asked = new Map<string, number>()
  sandbox.faults.add({
    match: ({ event, request, accountId }) => {
      if (event === 'call' && request instanceof Api.channels.GetMessages) asked.set(accountId ?? '', (asked.get(accountId ?? '') ?? 0) + request.id.length)
      return false
    },
    action: { kind: 'drop' }
  })
  return asked
}

async function rowsOf ({ database }: Stage): Promise<Array<Array<string | null>>> {
  return (await database.query<Row>('SELECT * FROM media_files')).map(row => fileIdsOf(row).filter(id => id !== null))
}

t.test('20 000 messages, indexed from the command line through a server that is killed three times: all there, hardly anything read twice', async t => {
  const size = 20_000
  const stage = await setStage(t, { bots: 3 })
  const [first, second] = stage.bots
  if (first === undefined || second === undefined) return t.fail('bots')
  const { channel, files } = fill(stage, [first, second], size)
  const asked = countIds(stage)
  const env = { INDEX_RATE: '10000' }
  let server = await startServerProcess(t, stage, env)
  await server.online()
  const settings = await settingsFor(t, { sandbox: stage.sandbox, bots: stage.bots, databaseUrl: stage.database.url })
  const command = await startProgram(t, ['cli.js', 'index', channel.chatId], settings)

  for (const share of [0.1, 0.4, 0.7]) {
    await until(`${share} of it`, async () => ((await walks(stage))[0]?.cursor_id ?? 0) > share * size, 60)
    server.kill('SIGKILL')
    await server.ended
    t.equal((await walks(stage))[0]?.state, 'running')
    server = await startServerProcess(t, stage, env)
  }
  const walk = await walkIs(stage, 'done')
  t.same(await command.ended, { code: 0, signal: null })
  const shares = [...command.output().matchAll(/^█*░* +(\d+) % {2}\d+ messages, \d+ files$/gm)].map(([, share]) => Number(share))
  t.ok(shares.length > 3, command.output())
  t.same(shares, [...shares].sort((a, b) => a - b), 'the bar never goes back')
  t.equal(shares.at(-1), 100)

  const rows = await rowsOf(stage)
  t.equal(rows.length, files)
  t.equal(rows.filter(ids => new Set(ids).size === 2).length, files, 'each file has the file_id of each member, and of nobody else')
  t.equal(walk.files, files)
  t.equal(walk.messages, size - size / 50 + 1, 'the one about the channel\'s making is there, too')
  const least = walk.to_id ?? 0
  for (const { id } of [first, second]) {
    const count = asked.get(id) ?? 0
    t.ok(count >= least && count <= least + 3 * 100, `of ${least} ids, ${count} were asked for`)
  }
  t.equal(asked.get(stage.bots[2]?.id ?? ''), undefined, 'who is no member asks for nothing')
})

/** Asks for an indexed file until each bot has served it, and so has shown that the file_id which it learnt is its own. */
async function eachServes (t: Test, { sandbox, bots, database }: Stage, app: TestApp) {
  const [row] = await database.query<{ unique_file_id: string }>("SELECT unique_file_id FROM media_files WHERE file_name = '2.txt'")
  const served = (bot: Stage['bots'][number]) => sandbox.stats().accounts[bot.id]?.methods['upload.GetFile']?.calls ?? 0
  await until('the file from each bot', async () => {
    t.equal(String((await get(linkTo(app, row?.unique_file_id ?? ''))).body), 'file 2')
    return bots.every(bot => served(bot) > 0)
  })
  t.equal(sandbox.stats().methods['upload.GetFile']?.errors, 0, 'no bot has another one\'s file_id')
}

t.test('/index of an owner indexes a chat and shows it in a live message; others are not heard', async t => {
  const stage = await setStage(t, { bots: 2 })
  const { sandbox, bots: [bot], user } = stage
  if (bot === undefined) return t.fail('a bot')
  const { channel, files } = fill(stage, stage.bots, 450)
  const app = await startOn(t, stage, { env: { OWNER_IDS: user.id, INDEX_RATE: '100000' } })
  user.startChat(bot)
  const stranger = sandbox.createUser()
  const refused = await sandbox.waitForReply(stranger.sendTo(bot, { text: `/index ${channel.chatId}` }))
  t.match(refused.text, /Send or forward me a file/)
  t.match((await sandbox.waitForReply(user.sendTo(bot, { text: '/index everything' }))).text, /Write \/index and the id/)

  const notice = await sandbox.waitForReply(user.sendTo(bot, { text: `/index ${channel.chatId}` }))
  await sandbox.waitFor(() => /^Indexed/.test(notice.text), { what: 'the end to be shown', timeoutMs: 20_000 })
  t.match(notice.text, new RegExp(`${channel.chatId}\n${450 - 9 + 1} messages, ${files} files`))
  t.equal((await rowsOf(stage)).filter(ids => ids.length === 2).length, files)
  t.equal((await walks(stage)).length, 1)
  await eachServes(t, stage, app)

  const beyond = await sandbox.waitForReply(user.sendTo(bot, { text: `/index ${channel.chatId} 100000` }))
  await sandbox.waitFor(() => beyond.text === `Indexed: ${channel.chatId}\n0 messages, 0 files`, { what: 'the end of a walk from beyond the last message' })
})

t.test('what Telegram remembers no updates of is walked through by itself: each bot\'s rows are complete, and the live ones too', async t => {
  const stage = await setStage(t, { bots: 2 })
  const { sandbox, channel, database } = stage
  const app = await startOn(t, stage, { env: { INDEX_RATE: '100000' } })
  await post(stage, app, { kind: 'document', name: 'first.txt', content: bytesContent(Buffer.from('first')) })
  await app.close()
  const missed = Array.from({ length: 250 }, (_, i) => channel.post({ media: sandbox.file({ kind: 'document', name: `${i}.txt`, content: bytesContent(Buffer.from(`missed ${i}`)) }) }))
  sandbox.forgetUpdates(channel)

  const again = await startOn(t, stage, { env: { INDEX_RATE: '100000' } })
  await until('every file with two file_ids', async () => (await rowsOf(stage)).filter(ids => ids.length === 2).length === 1 + missed.length, 60)
  await until('the end of both walks', async () => (await walks(stage)).filter(({ state }) => state === 'done').length === 2, 60)
  const ranges = await database.query('SELECT from_id, to_id, asked_by FROM teleferry_backfills')
  // Of the newest ten Telegram tells without being asked.
  t.same(ranges, [1, 2].map(() => ({ from_id: missed[0]?.id, to_id: missed[239]?.id, asked_by: 'gap' })))
  const live = await post(stage, again, { kind: 'document', name: 'live.txt', content: bytesContent(Buffer.from('live')) })
  t.equal((await fetch(live.url)).status, 200)
  t.equal((await walks(stage)).length, 2)
})

t.test('what one bot misses waits for it, also where a server runs that does not have it, or only a token that was revoked', async t => {
  const stage = await setStage(t, { bots: 2 })
  const { sandbox, database, channel, bots: [here, away] } = stage
  if (here === undefined || away === undefined) return t.fail('bots')
  channel.post({ media: sandbox.file({ kind: 'document', content: bytesContent(Buffer.from('missed')) }) })
  await database.query("INSERT INTO teleferry_backfills (chat_id, bot_id, from_id, to_id, asked_by) VALUES ($1, $2, 1, 50, 'gap')", [channel.chatId, away.id])
  const oldToken = { token: away.token }
  away.revokeToken()
  for (const bots of [[here], [here, oldToken]]) {
    const app = await startOn(t, stage, { bots, env: { INDEX_RATE: '100000' } })
    const asked = await database.query<{ id: string }>("INSERT INTO teleferry_backfills (chat_id, from_id, to_id, asked_by) VALUES ($1, 1, 10, 'cli') RETURNING id", [channel.chatId])
    await until('a look at what there is to do', async () => (await walks(stage)).some(row => row['id'] === asked[0]?.id && row.state === 'done'))
    t.match((await walks(stage))[0], { state: /queued|running/, cursor_id: null })
    await app.close()
  }
  await startOn(t, stage, { env: { INDEX_RATE: '100000' } })
  await until('the walk', async () => (await walks(stage))[0]?.state === 'done')
})

t.test('a walk forgets where files were that are gone since, also where nobody was told of it', async t => {
  const stage = await setStage(t)
  const { sandbox, channel, database, user, bots: [bot] } = stage
  if (bot === undefined) return t.fail('a bot')
  const env = { OWNER_IDS: user.id, INDEX_RATE: '100000' }
  const app = await startOn(t, stage, { env })
  const [gone, kept] = [await post(stage, app, { kind: 'document', content: bytesContent(Buffer.from('gone')) }), await post(stage, app, { kind: 'document', content: bytesContent(Buffer.from('kept')) })]
  await app.close()
  gone.message.delete()
  sandbox.forgetUpdates(channel)
  await database.query("UPDATE teleferry_sightings SET seen_at = now() - interval '1 hour'")
  await startOn(t, stage, { env })
  user.startChat(bot)
  const notice = await sandbox.waitForReply(user.sendTo(bot, { text: `/index ${channel.chatId}` }))
  await sandbox.waitFor(() => /^Indexed/.test(notice.text), { what: 'the end to be shown', timeoutMs: 20_000 })
  t.same(await database.query('SELECT message_id::int FROM teleferry_sightings'), [{ message_id: kept.message.id }])
  t.equal((await rowsOf(stage)).length, 2, 'the files themselves stay')
})

t.test('a message that is edited while a walk looks counts as it is now', async t => {
  const stage = await setStage(t, { bots: 2 })
  const { sandbox, database, user, bots: [quick, slow] } = stage
  if (quick === undefined || slow === undefined) return t.fail('bots')
  const { channel } = fill(stage, [], 1)
  const message = channel.post({ media: sandbox.file({ kind: 'document', name: 'before.txt', content: bytesContent(Buffer.from('before')) }) })
  for (const bot of stage.bots) channel.add(bot)
  await startOn(t, stage, { env: { OWNER_IDS: user.id, INDEX_RATE: '100000' } })
  user.startChat(quick)
  const late = sandbox.faults.add({ match: { event: 'call', method: 'channels.GetMessages', accountId: slow.id }, action: { kind: 'delay', ms: 3_000 } })
  const looked = sandbox.faults.add({ match: { event: 'answer', method: 'channels.GetMessages', accountId: quick.id }, action: { kind: 'gzip' } })
  const notice = await sandbox.waitForReply(user.sendTo(quick, { text: `/index ${channel.chatId}` }))
  await until('a look', () => looked.hits > 0 && late.hits > 0)
  const isSeen = async () => (await database.query("SELECT FROM teleferry_sightings JOIN media_files USING (unique_file_id) WHERE message_id = $1 AND file_name = 'after.txt'", [message.id])).length
  message.edit({ media: sandbox.file({ kind: 'document', name: 'after.txt', content: bytesContent(Buffer.from('after')) }) })
  await until('the edit', async () => await isSeen() === 2)
  await sandbox.waitFor(() => /^Indexed/.test(notice.text), { what: 'the end to be shown' })
  t.equal(await isSeen(), 2)
})

t.test('in a supergroup /index alone is enough, and one bot answers; a chat that nobody can read is a failure that says what to do', async t => {
  const stage = await setStage(t, { bots: 2 })
  const { sandbox, user, bots: [bot] } = stage
  if (bot === undefined) return t.fail('a bot')
  const group = sandbox.createSupergroup({ title: 'Friends', creator: user })
  group.post({ media: sandbox.file({ kind: 'document', name: 'old.txt', content: bytesContent(Buffer.from('old')) }) })
  for (const bot of stage.bots) group.add(bot)
  await startOn(t, stage, { env: { OWNER_IDS: user.id } })
  const notice = await sandbox.waitForReply(group.post({ text: '/index' }))
  await sandbox.waitFor(() => /^Indexed/.test(notice.text), { what: 'the end to be shown' })
  t.equal(sandbox.sent().length, 1)
  t.equal((await rowsOf(stage)).length, 1)

  const { channel } = fill(stage, [], 3)
  user.startChat(bot)
  const failed = await sandbox.waitForReply(user.sendTo(bot, { text: `/index ${channel.chatId}` }))
  await sandbox.waitFor(() => /^Indexing failed/.test(failed.text), { what: 'the failure to be shown' })
  t.match(failed.text, /add the bots to it/)
})

t.test('an owner stops what was asked for: in chat, with the live message, and from the command line; what is missing is walked through all the same', async t => {
  const stage = await setStage(t, { bots: 2 })
  const { sandbox, database, bots: [bot], user } = stage
  if (bot === undefined) return t.fail('a bot')
  const { channel } = fill(stage, stage.bots, 2_000)
  // So slow that a walk is still under way when a command has started, also on a busy machine.
  const server = await startServerProcess(t, stage, { OWNER_IDS: user.id, INDEX_RATE: '25' })
  await server.online()
  user.startChat(bot)
  const begun = async () => await until('a walk under way', async () => (await walks(stage)).some(({ state, messages }) => state === 'running' && messages > 0))

  const notice = await sandbox.waitForReply(user.sendTo(bot, { text: `/index ${channel.chatId}` }))
  await begun()
  const stopped = await sandbox.waitForReply(user.sendTo(bot, { text: `/index stop ${channel.chatId}` }))
  t.match(stopped.text, new RegExp(`^Indexing was stopped: ${channel.chatId}\n\\d+ messages, \\d+ files. To go on from there: /index ${channel.chatId} \\d+$`))
  await sandbox.waitFor(() => notice.text === stopped.text, { what: 'the live message to say so, too' })
  await server.says(/indexing a chat ends here/)
  t.match((await sandbox.waitForReply(user.sendTo(bot, { text: `/index stop ${channel.chatId}` }))).text, `Nothing is being indexed in ${channel.chatId}`)

  const settings = await settingsFor(t, { sandbox, bots: stage.bots, databaseUrl: database.url })
  const command = await startProgram(t, ['cli.js', 'index', channel.chatId, '--from', '1000'], settings)
  await begun()
  await database.query("INSERT INTO teleferry_backfills (chat_id, bot_id, from_id, to_id, asked_by) VALUES ($1, $2, 1, 50, 'gap')", [channel.chatId, bot.id])
  const stop = await startProgram(t, ['cli.js', 'index', channel.chatId, '--stop'], settings)
  t.same(await stop.ended, { code: 0, signal: null })
  t.match(stop.output(), /Indexing was stopped: \d+ messages, \d+ files. To go on from there: node dist\/cli\.js index -100\d+ --from 1\d\d\d/)
  t.same(await command.ended, { code: 1, signal: null })
  t.match(command.output(), /Indexing ended: cancelled/)
  await until('what is missing to be there', async () => (await walks(stage)).some(row => row.state === 'done' && row['asked_by'] === 'gap'))
  t.same((await walks(stage)).map(({ state }) => state), ['cancelled', 'cancelled', 'done'])

  const beyond = await startProgram(t, ['cli.js', 'index', channel.chatId, '--from', '100000'], settings)
  t.same(await beyond.ended, { code: 0, signal: null })
  t.match(beyond.output(), /the chat has no message from 100000 on/)
})

t.test('the live message moves while a walk is under way, and where it was deleted a stop is answered all the same', async t => {
  const stage = await setStage(t, { bots: 2 })
  const { sandbox, bots: [bot], user } = stage
  if (bot === undefined) return t.fail('a bot')
  const { channel } = fill(stage, stage.bots, 2_000)
  await startOn(t, stage, { env: { OWNER_IDS: user.id, INDEX_RATE: '50' } })
  user.startChat(bot)
  const notice = await sandbox.waitForReply(user.sendTo(bot, { text: `/index ${channel.chatId}` }))
  const shown = () => Number(/^Indexing: -100\d+\n█+░+ (\d+) %\n\d+ messages, \d+ files$/.exec(notice.text)?.[1] ?? 0)
  await sandbox.waitFor(() => shown() > 0, { what: 'a bar', timeoutMs: 20_000 })
  const first = shown()
  await sandbox.waitFor(() => shown() > first, { what: 'a bar that is longer', timeoutMs: 20_000 })
  notice.delete()
  t.match((await sandbox.waitForReply(user.sendTo(bot, { text: `/index stop ${channel.chatId}` }))).text, /^Indexing was stopped: .*\n\d+ messages, \d+ files. To go on from there: \/index -100\d+ \d+$/)
})

t.test('the command says what it does not understand, and what it waits for', async t => {
  const stage = await setStage(t)
  const settings = await settingsFor(t, { sandbox: stage.sandbox, bots: stage.bots, databaseUrl: stage.database.url })
  const cases: Array<[string[], RegExp]> = [
    [[], /name one chat, for example: node dist\/cli\.js index -1001234567890/],
    [['-1001234567890', '-1001234567891'], /-1001234567890 and -1001234567891 are two chats: name one/],
    [['-100'], /-100 is too short for the id of a channel or supergroup: an id is -100 and then at least five digits/],
    [['-4012345'], /-4012345 is the id of a basic group, which cannot/],
    [['@films'], /@films is not the id of a channel or supergroup/],
    [['-1001234567890', '--from', 'x'], /--from must be the number of a message/],
    [['-1001234567890', '--to', '2147483647'], /--to must be the number of a message/],
    [['-1001234567890', '--from', '9', '--to', '8'], /--to 8 lies before --from 9/],
    [['-1001234567890', '--fast'], /--fast/],
    [['-1001234567890', '--stop', '--from', '5'], /--stop ends what was asked for in a chat/]
  ]
  for (const [words, wrong] of cases) {
    const program = await startProgram(t, ['cli.js', 'index', ...words], settings)
    t.equal((await program.ended).code, 2)
    t.match(program.output(), wrong)
    t.notMatch(program.output(), /^ +at /m, 'no stack')
  }
  const waiting = await startProgram(t, ['cli.js', 'index', 'https://t.me/c/1234567890/55', '--to', '100'], settings)
  await waiting.says(/No server is running: the work is queued/)
  waiting.kill('SIGINT')
  t.equal((await waiting.ended).code, 0)
  t.match(await walks(stage), [{ state: 'queued', chat_id: '-1001234567890', from_id: 1, to_id: 100, asked_by: 'cli' }])
})
