import t from 'tap'
import type { SandboxMessage } from '../../src/sandbox/script/message.js'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { get } from './fixtures/http.js'
import { setStage, type Stage, startOn, startStory } from './fixtures/story.js'
import { uniqueIdOf } from './fixtures/unique-id.js'

const content = syntheticContent('links', 300_000)
const signed = { LINK_SECRET: 'a secret for the tests' }

/** The address behind a button. */
function urlOf ({ buttons }: SandboxMessage, text = 'Open'): string {
  const button = buttons.find(button => button.text === text)
  return button?.kind === 'url' ? button.url : ''
}

const statusOf = async (url: string) => (await get(url)).status

/** A file sent in private, and what the bot wrote about it. */
async function send ({ sandbox, user, bots: [bot] }: Stage) {
  if (bot === undefined) throw new Error('a bot')
  const file = sandbox.file({ kind: 'video', name: 'film.mp4', content })
  const reply = await sandbox.waitForReply(user.sendTo(bot, { media: file }), { bot })
  return { reply, bot, file, id: uniqueIdOf('video', file) }
}

/** Presses a button and waits until the bot has answered. */
async function press ({ sandbox }: Stage, who: Stage['user'], message: SandboxMessage, button: string): Promise<string | null> {
  const query = who.press(message, button)
  return (await sandbox.waitFor(() => query.answer, { what: `an answer to ${button}` })).text
}

t.test('a signed link works until its button revokes it, on every process at once, and a new one can be made', async t => {
  const stage = await setStage(t)
  const apps = [await startOn(t, stage, { env: signed }), await startOn(t, stage, { env: signed })]
  const { reply } = await send(stage)
  const url = urlOf(reply)
  t.match(url, /\?sig=[\w-]{43}$/)
  const everywhere = async (url: string) => await Promise.all(apps.map(async ({ address }) => await statusOf(address + url.replace(/^https?:\/\/[^/]+/, ''))))
  t.same(await everywhere(url), [200, 200])
  t.same(await everywhere(url.replace(/\?.*/, '')), [403, 403])

  t.equal(await press(stage, stage.user, reply, 'Revoke'), 'Revoked.')
  t.same(await everywhere(url), [403, 403])
  await stage.sandbox.waitFor(() => reply.buttons.some(({ text }) => text === 'New link'), { what: 'the message says so' })
  t.match(reply.text, /^film\.mp4\n300 KB\n\nRevoked/)

  t.equal(await press(stage, stage.user, reply, 'New link'), 'A new link.')
  await stage.sandbox.waitFor(() => urlOf(reply) !== '', { what: 'the new link' })
  t.not(urlOf(reply), url)
  t.same(await everywhere(urlOf(reply)), [200, 200])
  t.same(await everywhere(url), [403, 403])
})

t.test('a bot whose presses reach two processes is asked once for each press', async t => {
  const stage = await setStage(t)
  await startOn(t, stage, { env: signed })
  await startOn(t, stage, { env: signed })
  const { reply, id } = await send(stage)
  await press(stage, stage.user, reply, 'Revoke')
  await stage.sandbox.waitFor(() => reply.buttons.some(({ text }) => text === 'New link'))
  await press(stage, stage.user, reply, 'New link')
  await stage.sandbox.waitFor(() => urlOf(reply) !== '')
  const [row] = await stage.database.query<{ generation: number }>('SELECT generation FROM teleferry_links WHERE unique_file_id = $1', [id])
  t.equal(row?.generation, 1)
})

t.test('links expire', async t => {
  const story = await startStory(t, { env: { ...signed, LINK_TTL: '1s' } })
  const { reply } = await send(story)
  t.match(reply.text, /^film\.mp4\n300 KB\nuntil \d{4}-\d\d-\d\d \d\d:\d\d UTC\n\nhttp/)
  const exp = Number(new URL(urlOf(reply)).searchParams.get('exp')) * 1000
  await new Promise<void>(resolve => { setTimeout(resolve, exp - Date.now() + 10) })
  const expired = await get(urlOf(reply))
  t.match({ status: expired.status, ...JSON.parse(expired.body.toString()) }, { status: 403, code: 'LINK_EXPIRED' })
})

t.test('the command revokes by link or id, for who sent the file and for owners, and for nobody else', async t => {
  const stage = await setStage(t)
  const { sandbox, user } = stage
  const [owner, stranger] = [sandbox.createUser(), sandbox.createUser()]
  await startOn(t, stage, { env: { ...signed, OWNER_IDS: owner.id } })
  const { reply, bot, id } = await send(stage)
  const say = async (who: Stage['user'], text: string) => await sandbox.waitForReply(who.sendTo(bot, { text }), { bot })

  t.match((await say(stranger, `/revoke ${id}`)).text, /no file of yours/)
  t.match((await say(stranger, `/link ${id}`)).text, /no file of yours/)
  t.equal(await statusOf(urlOf(reply)), 200)

  t.match((await say(user, `/revoke ${urlOf(reply)}`)).text, /Revoked/)
  t.equal(await statusOf(urlOf(reply)), 403)
  const second = await say(user, `/link ${id}`)
  t.equal(await statusOf(urlOf(second)), 200)

  t.match((await say(owner, `/revoke ${id}`)).text, /Revoked/)
  t.equal(await statusOf(urlOf(second)), 403)
  t.equal(await statusOf(urlOf(await say(owner, `/link ${id}`))), 200)
})

t.test('without LINK_SECRET revoking blocks the file, which an owner takes back', async t => {
  const stage = await setStage(t)
  const { sandbox, user } = stage
  const owner = sandbox.createUser()
  await startOn(t, stage, { env: { OWNER_IDS: owner.id, ALLOWED_USERS: user.id } })
  const { reply, bot, id } = await send(stage)
  const url = urlOf(reply)
  t.equal(await press(stage, user, reply, 'Revoke'), 'Revoked.')
  t.equal(await statusOf(url), 403)
  await sandbox.waitFor(() => reply.buttons.length === 0 && /nobody can download/.test(reply.text))

  const shown = await sandbox.waitForReply(owner.sendTo(bot, { text: `/link ${id}` }), { bot })
  t.equal(await press(stage, owner, shown, 'Unblock'), 'Unblocked.')
  await sandbox.waitFor(() => urlOf(shown) !== '')
  t.equal(await statusOf(urlOf(shown)), 200)
})

t.test('what somebody else sent as well cannot be taken from them by blocking it', async t => {
  const stage = await setStage(t)
  const { sandbox, user } = stage
  const other = sandbox.createUser()
  await startOn(t, stage)
  const { reply, bot, file, id } = await send(stage)
  const theirs = await sandbox.waitForReply(other.sendTo(bot, { media: file }), { bot })
  t.notOk(theirs.buttons.some(({ text }) => text === 'Revoke'))
  t.match(await press(stage, user, reply, 'Revoke'), /Others have sent this file/)
  t.match((await sandbox.waitForReply(other.sendTo(bot, { text: `/revoke ${id}` }), { bot })).text, /Others have sent/)
  t.equal(await statusOf(urlOf(reply)), 200)
})

t.test('a server on localhost sends its buttons without those that lead there', async t => {
  const story = await startStory(t, { env: { PUBLIC_URL: 'http://localhost:8080' } })
  const { reply } = await send(story)
  t.same(reply.buttons.map(({ text }) => text), ['Revoke'])
  t.equal(await press(story, story.user, reply, 'Revoke'), 'Revoked.')
})

t.test('a press from somebody who is no longer welcome is turned down', async t => {
  const stage = await setStage(t)
  const first = await startOn(t, stage)
  const { reply } = await send(stage)
  await first.close()
  await startOn(t, stage, { env: { ALLOWED_USERS: '1' } })
  t.match(await press(stage, stage.user, reply, 'Revoke'), /not for you/)
  const rows = await stage.database.query('SELECT FROM teleferry_links')
  t.equal(rows.length, 0)
})
