import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { SandboxChat } from '../../src/sandbox/script/chat.js'
import type { SandboxFile } from '../../src/sandbox/script/file.js'
import type { SandboxMessage } from '../../src/sandbox/script/message.js'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { parseLocation } from '../../src/telegram/file-id.js'
import { settingsFor } from '../fixtures/app.js'
import { createRandom, type Random, runSeed } from '../streaming/fixtures/random.js'
import { type Program, startProgram } from './fixtures/process.js'
import { fileIdsOf, type Row, setStage, type Stage } from './fixtures/story.js'
import { uniqueIdOf } from './fixtures/unique-id.js'
import { until } from './fixtures/until.js'

/** How much happens; fewer posts, for a quick look. */
const POSTS = Number(process.env['TEST_POSTS'] ?? 5_000)
const KILLS = 20

/** Which of the five bots are in which channel. */
const MEMBERS = [[0, 1, 2, 3, 4], [0, 2, 4], [1, 2, 3, 4]]

interface Posted {
  readonly file: SandboxFile
  readonly channel: number
}

/** Five bots in three channels, and a service that is killed and started again. */
async function setScene (t: Test, random: Random) {
  const stage = await setStage(t, { bots: 5 })
  const { sandbox, bots, user } = stage
  const channels = MEMBERS.map((members, index) => {
    const channel = sandbox.createChannel({ title: `channel ${index}`, creator: user })
    for (const member of members) channel.add(botAt(stage, member))
    return channel
  })
  for (const bot of bots) user.startChat(bot)
  const settings = await settingsFor(t, { sandbox, bots, databaseUrl: stage.database.url })
  const posts: Posted[] = []
  const letters: SandboxMessage[] = []

  const newFile = () => sandbox.file({ kind: 'document', content: syntheticContent(posts.length + letters.length, 1_000), name: `${posts.length}.bin` })

  /** Posts `count` files, here and there, and now and then sends one to a bot; the world goes on in between. */
  async function post (count: number): Promise<void> {
    for (let i = 0; i < count && posts.length < POSTS; i++) {
      const channel = random.whole(0, channels.length - 1)
      const file = newFile()
      ;(channels[channel] as SandboxChat).post({ media: file })
      posts.push({ file, channel })
      if (random.fraction() < 0.02) letters.push(user.sendTo(botAt(stage, random.whole(0, 4)), { media: newFile() }))
      if (random.fraction() < 0.3) await nextTurn()
    }
  }

  /** How many sightings there are, and will be of what was posted so far. */
  const stored = async () => Number((await stage.database.query<{ count: string }>('SELECT count(*) FROM teleferry_sightings'))[0]?.count)
  const expected = () => posts.reduce((sum, { channel }) => sum + (MEMBERS[channel]?.length ?? 0), 0) + letters.length

  return { stage, channels, posts, letters, stored, expected, post, start: async () => await startProgram(t, ['main.js'], settings) }
}

function botAt ({ bots }: Pick<Stage, 'bots'>, index: number) {
  const bot = bots[index]
  if (bot === undefined) throw new Error(`no bot ${index}`)
  return bot
}

type Scene = Awaited<ReturnType<typeof setScene>>

/** Waits until the service has called Telegram or stored sightings `count` times more, which it does at any moment of its life, or is done. */
async function deedsLater ({ stage: { sandbox }, stored, expected }: Scene, count: number): Promise<void> {
  const deeds = async () => sandbox.stats().calls + await stored()
  const before = await deeds()
  await until(`${count} more deeds`, async () => await deeds() >= before + count || await stored() >= expected())
}

async function kill (program: Program): Promise<void> {
  program.kill('SIGKILL')
  await program.ended
}

/** Posts go on while the service lives, dies and is away. Returns the last one. */
async function liveAndDie (scene: Scene, random: Random): Promise<Program> {
  const { stage, post, start } = scene
  const share = Math.ceil(POSTS / KILLS)
  let program = await start()
  for (const { username } of stage.bots) await program.says(new RegExp(`${username}.*online`))
  for (let killed = 0; killed < KILLS; killed++) {
    const away = random.whole(0, share)
    await post(share - away)
    // Early in its life it is still logging in or catching up, later it follows.
    if (random.fraction() < 0.5) await deedsLater(scene, random.whole(1, 200))
    await kill(program)
    await post(away)
    program = await start()
    if (random.fraction() < 0.8) await deedsLater(scene, random.whole(1, 400))
  }
  return program
}

t.test(`${POSTS} posts in three channels, five bots, and ${KILLS} kills at any moment: every post is stored for every bot that may see it, once`, async t => {
  const seed = runSeed()
  t.comment(`TEST_SEED=${seed}`)
  const random = createRandom(seed)
  const scene = await setScene(t, random)
  const { stage, channels, posts, letters, stored, expected } = scene
  const { database, sandbox, bots } = stage
  const program = await liveAndDie(scene, random)
  t.equal(posts.length, POSTS)

  await until('the last post', async () => await stored() >= expected()).catch(error => t.fail(`${error}`))
  t.equal(await stored(), expected(), 'a sighting for each bot and post, and none besides')

  const rows = new Map((await database.query<Row & { unique_file_id: string }>('SELECT * FROM media_files')).map(row => [row.unique_file_id, row]))
  t.equal(rows.size, posts.length + letters.length, 'a row for each file, and none besides')
  const wrong = posts.filter(({ file, channel }) => {
    const row = rows.get(uniqueIdOf('document', file))
    const fileIds = row === undefined ? [] : fileIdsOf(row)
    return bots.some((bot, index) => {
      const fileId = fileIds[index] ?? null
      if (MEMBERS[channel]?.includes(index) !== true) return fileId !== null
      return fileId === null || !leadsTo(fileId, sandbox.locationFor(bot, file))
    })
  })
  t.equal(wrong.length, 0, 'each with the file_ids of the bots that are members, and of no other')

  const states = new Map((await database.query<{ chat_id: string, pts: number }>('SELECT chat_id, pts FROM teleferry_update_states')).map(({ chat_id: chatId, pts }) => [chatId, pts]))
  for (const { chatId, chat } of channels) t.equal(states.get(chatId), chat.kind === 'channel' ? chat.box.pts : 0, 'the state stands where Telegram stands')

  await until('the answers', () => letters.every(letter => sandbox.sent().some(reply => reply.replyTo?.model === letter.model))).catch(error => t.fail(`${error}`))
  t.equal(letters.filter(letter => sandbox.sent().filter(reply => reply.replyTo?.model === letter.model).length !== 1).length, 0, `each of ${letters.length} letters is answered once`)
  program.kill('SIGTERM')
  t.same(await program.ended, { code: 0, signal: null })
})

function leadsTo (fileId: string, location: { readonly id: bigint, readonly accessHash: bigint }): boolean {
  const { id, accessHash } = parseLocation(fileId)
  return id === location.id.toString() && accessHash === location.accessHash.toString()
}
