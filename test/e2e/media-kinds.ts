import t from 'tap'
import type { SandboxChat } from '../../src/sandbox/script/chat.js'
import type { SandboxBot } from '../../src/sandbox/script/bot.js'
import type { SandboxFile, SandboxFileSpec } from '../../src/sandbox/script/file.js'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { difference, get } from './fixtures/http.js'
import { copiesIn, linkTo, startStory } from './fixtures/story.js'
import { uniqueIdOf } from './fixtures/unique-id.js'

/** A kind of media: what a file's name says of it where the sender gave none, and the type it has. */
interface Kind {
  readonly spec: Omit<SandboxFileSpec, 'content'>
  readonly prefix: string
  readonly extension: string
  readonly mimeType: string
}

const kinds: readonly Kind[] = [
  { spec: { kind: 'document', mimeType: 'application/pdf' }, prefix: 'document', extension: 'pdf', mimeType: 'application/pdf' },
  { spec: { kind: 'document' }, prefix: 'document', extension: 'bin', mimeType: 'application/octet-stream' },
  { spec: { kind: 'video', mimeType: 'video/x-matroska' }, prefix: 'video', extension: 'mkv', mimeType: 'video/x-matroska' },
  { spec: { kind: 'audio' }, prefix: 'audio', extension: 'mp3', mimeType: 'audio/mpeg' },
  { spec: { kind: 'voice' }, prefix: 'voice', extension: 'ogg', mimeType: 'audio/ogg' },
  { spec: { kind: 'video_note' }, prefix: 'video-note', extension: 'mp4', mimeType: 'video/mp4' },
  { spec: { kind: 'animation' }, prefix: 'animation', extension: 'mp4', mimeType: 'video/mp4' },
  { spec: { kind: 'sticker' }, prefix: 'sticker', extension: 'webp', mimeType: 'image/webp' },
  { spec: { kind: 'photo' }, prefix: 'photo', extension: 'jpg', mimeType: 'image/jpeg' },
  { spec: { kind: 'photo', progressive: true, width: 2560, height: 1440 }, prefix: 'photo', extension: 'jpg', mimeType: 'image/jpeg' },
  { spec: { kind: 'photo', width: 90, height: 60 }, prefix: 'photo', extension: 'jpg', mimeType: 'image/jpeg' }
]

const givenName = 'Čaj o páté 🍵.dat'

/** `2026-11-21-153000` for unix seconds. */
const timeInName = (date: number) => new Date(date * 1000).toISOString().slice(0, 19).replace('T', '-').replaceAll(':', '')

t.test('every kind of media, with a name and without, is catalogued from every kind of chat and streams back', async t => {
  const story = await startStory(t, { bots: 1 })
  const { sandbox, database, app, user, bots: [bot], channel } = story
  if (bot === undefined) return t.fail('a bot')
  const group = sandbox.createGroup({ title: 'Crew', creator: user })
  const supergroup = sandbox.createSupergroup({ title: 'Passengers', creator: user })
  for (const chat of [group, supergroup]) chat.add(bot)
  const places: Array<[string, SandboxBot | SandboxChat]> = [['a private chat', bot], ['a basic group', group], ['a supergroup', supergroup], ['a channel', channel]]

  for (const [where, place] of places) {
    await t.test(where, async t => {
      const sent = kinds.flatMap(kind => [givenName, undefined].map((name, index) => {
        const size = 3000 + 1009 * kinds.indexOf(kind) + index
        const file = sandbox.file({ ...kind.spec, content: syntheticContent(`${where} ${size}`, size), ...name !== undefined && { name } })
        const { model } = user.sendTo(place, { media: file })
        return { kind, file, name: storedName(kind, name, model.date), title: `${kind.spec.kind} ${size}` }
      }))
      for (const { kind, file, name, title } of sent) {
        const id = uniqueIdOf(kind.spec.kind, file)
        const row = await copiesIn(database, id, 1)
        t.match(row, { file_name: name, file_size: String(file.content.size), mime_type: kind.mimeType }, title)
        t.equal(await problemWith(linkTo(app, id), file, kind.mimeType), null, `${title} streams back`)
      }
    })
  }
})

/** The name that the catalogue is to have. A photo has none of its own. */
function storedName ({ spec, prefix, extension }: Kind, given: string | undefined, date: number): string {
  return given === undefined || spec.kind === 'photo' ? `${prefix}-${timeInName(date)}.${extension}` : given
}

async function problemWith (url: string, { content }: SandboxFile, mimeType: string): Promise<string | null> {
  const { status, headers, body } = await get(url)
  if (status !== 200) return `status ${status}: ${body.toString()}`
  if (headers['content-type'] !== mimeType) return `type ${headers['content-type']}`
  if (headers['content-length'] !== String(content.size)) return `length ${headers['content-length']}`
  return difference(body, content.read(0, content.size))
}

t.test('a name beyond ASCII, the size and the type reach the viewer', async t => {
  const { sandbox, app, user, bots: [bot], database } = await startStory(t)
  if (bot === undefined) return t.fail('a bot')
  const file = sandbox.file({ kind: 'video', name: 'Příliš "žluťoučký" kůň 🐎.mp4', content: syntheticContent('name', 100) })
  user.sendTo(bot, { media: file })
  const id = uniqueIdOf('video', file)
  await copiesIn(database, id, 1)

  const shown = await get(linkTo(app, id))
  t.equal(shown.headers['content-type'], 'video/mp4')
  t.match(shown.headers['content-disposition'], /^inline; filename=".*"; filename\*=UTF-8''P%C5%99%C3%ADli%C5%A1.*%F0%9F%90%8E\.mp4$/)
  const saved = await get(`${linkTo(app, id)}/any%20name.mp4?download`)
  t.match(saved.headers['content-disposition'], /^attachment; /)
  t.equal(difference(saved.body, file.content.read(0, 100)), null)
})
