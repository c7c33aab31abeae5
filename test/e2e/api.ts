import t from 'tap'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { startStory } from './fixtures/story.js'
import { until } from './fixtures/until.js'

/** What of the answers is looked into. */
interface Body {
  readonly files: ReadonlyArray<{ readonly id: string }>
  readonly next: string
  readonly download: string
  readonly watch: string
  readonly paths: Readonly<Record<string, unknown>>
  readonly 0: { readonly state: string }
}

const bodyOf = async (answer: Response) => (answer.status === 204 ? {} : await answer.json()) as Body

const token = 'a-token-for-the-tests'

t.test('an owner\'s program finds a file, makes a link, ends it, and forgets the file', async t => {
  const { app, sandbox, user, bots: [bot] } = await startStory(t, { env: { ADMIN_TOKEN: token, LINK_SECRET: 'a secret for the tests', LINK_TTL: '1h' } })
  if (bot === undefined) return t.fail('a bot')
  const ask = async (path: string, method = 'GET') => {
    const answer = await fetch(`${app.address}${path}`, { method, headers: { authorization: `Bearer ${token}` } })
    return { status: answer.status, body: await bodyOf(answer) }
  }
  for (const name of ['ferry crossing.mp4', 'harbour.mp4']) await sandbox.waitForReply(user.sendTo(bot, { media: sandbox.file({ kind: 'video', name, content: syntheticContent(name, 100_000) }) }))

  const found = await ask('/api/files?search=cross')
  t.match(found.body, { files: [{ name: 'ferry crossing.mp4', size: 100_000, mimeType: 'video/mp4', generation: 0, blocked: false }], next: null })
  t.equal(found.body.files.length, 1)
  const first = await ask('/api/files?limit=1')
  t.match(first.body.files, [{ name: 'harbour.mp4' }])
  t.match((await ask(`/api/files?limit=1&after=${first.body.next}`)).body, { files: [{ name: 'ferry crossing.mp4' }], next: null })

  const id = found.body.files[0]?.id ?? ''
  t.match((await ask(`/api/files/${id}`)).body, { bots: [bot.id], senders: [user.id] })
  const { download, watch } = (await ask(`/api/files/${id}/links`, 'POST')).body
  t.same(await Promise.all([download, watch].map(async url => (await fetch(url)).status)), [200, 200])
  t.match((await ask(`/api/files/${id}/revoke`, 'POST')).body, { generation: 1, blocked: false })
  t.same(await Promise.all([download, watch].map(async url => (await fetch(url)).status)), [403, 403])

  t.equal((await ask(`/api/files/${id}`, 'DELETE')).status, 204)
  t.equal((await ask(`/api/files/${id}`)).status, 404)
  t.equal((await ask('/api/files')).body.files.length, 1)

  t.match((await ask('/api/bots')).body, [{ id: bot.id, username: bot.username, state: 'online' }])
  bot.deactivate()
  sandbox.disconnect({ accountId: bot.id })
  await until('the bot is gone', async () => (await ask('/api/bots')).body[0].state === 'gone')

  t.equal((await fetch(`${app.address}/api/files`)).status, 401)
  const description = await bodyOf(await fetch(`${app.address}/openapi.json`))
  t.ok(description.paths['/api/files/{id}/revoke'])
  t.notMatch(JSON.stringify(description), new RegExp(token))
  t.notMatch(app.said.join(''), new RegExp(token))
})
