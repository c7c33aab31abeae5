import { createHash } from 'node:crypto'
import bigInt from 'big-integer'
import t from 'tap'
import { Api } from 'telegram'
import { bytesContent, syntheticContent } from '../../../src/sandbox/world/content.js'
import type { FileKind } from '../../../src/sandbox/world/files.js'
import { startTestSandbox } from '../../fixtures/sandbox.js'
import { failureOf, logIn } from '../fixtures/client.js'
import { documentAt, getFile, messageId, photoAt } from '../fixtures/peers.js'

const MIB = 1024 * 1024

function bytesOf (answer: Api.upload.TypeFile): Buffer {
  if (answer instanceof Api.upload.File) return answer.bytes
  throw new Error('the file is somewhere else')
}

t.test('parts are the bytes of the file, short at its end, empty behind it', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const { client } = await logIn(t, sandbox, bot)
  const content = syntheticContent('parts', MIB + 5)
  const location = documentAt(sandbox.locationFor(bot, sandbox.file({ kind: 'document', content })))
  const part = async (offset: number, limit: number, precise = false) => bytesOf(await client.invoke(getFile(location, offset, limit, precise)))

  t.ok((await part(0, MIB)).equals(content.read(0, MIB)))
  t.ok((await part(512 * 1024, 4096)).equals(content.read(512 * 1024, 4096)))
  t.ok((await part(5 * 1024, 3 * 1024, true)).equals(content.read(5 * 1024, 3 * 1024)))
  t.ok((await part(MIB, MIB)).equals(content.read(MIB, 5)))
  t.equal((await part(2 * MIB, MIB)).length, 0)
  sandbox.settings.pastTheEnd = 'OFFSET_INVALID'
  t.equal(await failureOf(part(2 * MIB, MIB)), '400 OFFSET_INVALID')
})

t.test('files of no bytes, of a few and of four gigabytes are served', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const { client } = await logIn(t, sandbox, bot)
  const read = async (content: ReturnType<typeof syntheticContent>, offset: number) => {
    const location = documentAt(sandbox.locationFor(bot, sandbox.file({ kind: 'document', content })))
    return bytesOf(await client.invoke(getFile(location, offset, 4096)))
  }
  const large = syntheticContent('large', 4_194_304_000)

  t.equal((await read(syntheticContent('none', 0), 0)).length, 0)
  t.same(await read(bytesContent(Buffer.from('abc')), 0), Buffer.from('abc'))
  t.ok((await read(large, 4_194_304_000 - 4096)).equals(large.read(4_194_304_000 - 4096, 4096)))
})

t.test('what may not be asked for is refused by name', async t => {
  const sandbox = await startTestSandbox(t)
  const [bot, other] = [sandbox.createBot(), sandbox.createBot()]
  const { client } = await logIn(t, sandbox, bot)
  const file = sandbox.file({ kind: 'video', content: syntheticContent('x', MIB) })
  const own = sandbox.locationFor(bot, file)
  const foreign = sandbox.locationFor(other, file)
  const tell = async (location: Api.TypeInputFileLocation, offset = 0, limit = 4096) => await failureOf(client.invoke(getFile(location, offset, limit)))

  t.equal(await tell(documentAt(own)), 'no error')
  t.equal(await tell(documentAt(own), 1024), '400 OFFSET_INVALID')
  t.equal(await tell(documentAt(own), 0, 12 * 1024), '400 LIMIT_INVALID')
  t.equal(await tell(documentAt(own), 983040, 131072), '400 LIMIT_INVALID')
  t.equal(await tell(documentAt(foreign)), '400 LOCATION_INVALID')
  t.equal(await tell(documentAt({ ...own, accessHash: 1n })), '400 LOCATION_INVALID')
  t.equal(await tell(documentAt({ ...own, id: own.id + 1n })), '400 FILE_ID_INVALID')
  t.equal(await tell(photoAt(own, 'x')), '400 FILE_ID_INVALID')
  t.equal(await tell(documentAt(own, 'w')), '400 LOCATION_INVALID')
  t.equal(await tell(new Api.InputTakeoutFileLocation()), '400 LOCATION_INVALID')
  t.equal(await tell(documentAt({ ...own, fileReference: Buffer.alloc(0) })), '400 FILE_REFERENCE_EMPTY')
  t.equal(await tell(documentAt({ ...own, fileReference: Buffer.alloc(27, 1) })), '400 FILE_REFERENCE_INVALID')
  t.equal(await tell(documentAt({ ...own, fileReference: foreign.fileReference })), '400 FILE_REFERENCE_INVALID')
  sandbox.settings.enforceReferences = false
  t.equal(await tell(documentAt({ ...own, fileReference: Buffer.alloc(0) })), 'no error')
})

t.test('a file reference ends with its lifetime or by force, and the message brings a new one', async t => {
  let now = 1_700_000_000_000
  const sandbox = await startTestSandbox(t, { now: () => now, referenceLifetimeMs: 60_000 })
  const bot = sandbox.createBot()
  const { client } = await logIn(t, sandbox, bot)
  const message = sandbox.createUser().sendTo(bot, { media: sandbox.file({ kind: 'document', content: syntheticContent('x', 4096) }) })
  const locate = async () => {
    const answer = await client.invoke(new Api.messages.GetMessages({ id: [messageId(message.idFor(bot))] }))
    const found = answer instanceof Api.messages.Messages ? answer.messages[0] : undefined
    if (!(found instanceof Api.Message && found.media instanceof Api.MessageMediaDocument && found.media.document instanceof Api.Document)) throw new Error('no document')
    return new Api.InputDocumentFileLocation({ ...found.media.document, thumbSize: '' })
  }
  const tell = async (location: Api.TypeInputFileLocation) => await failureOf(client.invoke(getFile(location, 0, 4096)))

  const first = await locate()
  t.equal(await tell(first), 'no error')
  now += 60_000
  t.equal(await tell(first), '400 FILE_REFERENCE_EXPIRED')
  const second = await locate()
  t.equal(await tell(second), 'no error')
  sandbox.expireReferences()
  t.equal(await tell(second), '400 FILE_REFERENCE_EXPIRED')
  t.equal(await tell(await locate()), 'no error')
})

t.test('a file in another data centre is served there only, also after it moved', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const { client } = await logIn(t, sandbox, bot)
  const file = sandbox.file({ kind: 'audio', content: syntheticContent('x', 4096), dcId: 4 })
  const call = getFile(documentAt(sandbox.locationFor(bot, file)), 0, 4096)
  const at = async (dcId: number) => await failureOf(client.invoke(call, dcId))
  const answers = () => [1, 2, 4].map(dc => sandbox.stats().dcs[dc]?.methods['upload.GetFile'])

  t.equal(await at(4), 'no error')
  file.moveTo(1)
  t.equal(await at(4), '303 to 1')
  t.equal(await at(1), 'no error')
  t.same(answers(), [{ calls: 1, errors: 0 }, undefined, { calls: 2, errors: 1 }])
})

t.test('photos come in several sizes, documents with thumbnails', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const { client, next } = await logIn(t, sandbox, bot)
  const content = syntheticContent('photo', 50_000)
  const user = sandbox.createUser()
  const photo = sandbox.file({ kind: 'photo', content, progressive: true })

  user.sendTo(bot, { media: photo })
  const { message } = await next(Api.UpdateNewMessage)

  if (!(message instanceof Api.Message && message.media instanceof Api.MessageMediaPhoto && message.media.photo instanceof Api.Photo)) throw new Error('no photo')
  t.same(message.media.photo.sizes.map(size => [size.className, 'type' in size && size.type]), [['PhotoStrippedSize', 'i'], ['PhotoSize', 'm'], ['PhotoSize', 'x'], ['PhotoSizeProgressive', 'y']])
  const location = sandbox.locationFor(bot, photo)
  t.ok(bytesOf(await client.invoke(getFile(photoAt(location), 0, 65536))).equals(content.read(0, 50_000)))
  t.equal(bytesOf(await client.invoke(getFile(photoAt(location, 'm'), 0, 65536))).length, 320 * 40)
  t.equal(await failureOf(client.invoke(getFile(photoAt(location, ''), 0, 65536))), '400 LOCATION_INVALID')
  t.equal(await failureOf(client.invoke(getFile(photoAt(location, 'i'), 0, 65536))), '400 LOCATION_INVALID')
  const video = sandbox.locationFor(bot, sandbox.file({ kind: 'video', content }))
  t.equal(bytesOf(await client.invoke(getFile(documentAt(video, 'm'), 0, 65536))).length, 320 * 40)
})

t.test('hashes are those of 128 KiB each', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const { client } = await logIn(t, sandbox, bot)
  const content = syntheticContent('hashes', 128 * 1024 + 100)
  const location = documentAt(sandbox.locationFor(bot, sandbox.file({ kind: 'document', content })))

  const hashes = await client.invoke(new Api.upload.GetFileHashes({ location, offset: bigInt(0) }))

  t.same(hashes.map(({ offset, limit }) => [Number(offset), limit]), [[0, 128 * 1024], [128 * 1024, 100]])
  t.ok(hashes[1]?.hash.equals(createHash('sha256').update(content.read(128 * 1024, 100)).digest()))
  t.equal(await failureOf(client.invoke(new Api.upload.GetFileHashes({ location, offset: bigInt(4096) }))), '400 OFFSET_INVALID')
})

t.test('document ids are the same for every bot, access hashes and references are not', async t => {
  const sandbox = await startTestSandbox(t)
  const [one, other] = [sandbox.createBot(), sandbox.createBot()]
  const file = sandbox.file({ kind: 'document', content: syntheticContent('x', 1) })
  const [a, b] = [sandbox.locationFor(one, file), sandbox.locationFor(other, file)]

  t.equal(a.id, b.id)
  t.not(a.accessHash, b.accessHash)
  t.notOk(a.fileReference.equals(b.fileReference))
})

t.test('each kind of file comes with the attributes and flags that clients know it by', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const { next } = await logIn(t, sandbox, bot)
  const user = sandbox.createUser()
  const looksOf = async (kind: FileKind) => {
    const sent = user.sendTo(bot, { media: sandbox.file({ kind, content: syntheticContent(kind, 5_000_000_000), name: 'a.bin' }) })
    const { message } = await next(Api.UpdateNewMessage, ({ message }) => message.id === sent.idFor(bot))
    const media = message instanceof Api.Message ? message.media : undefined
    if (!(media instanceof Api.MessageMediaDocument && media.document instanceof Api.Document)) throw new Error('no document')
    const { mimeType, attributes, size } = media.document
    const flags = (['video', 'round', 'voice'] as const).filter(flag => media[flag] === true)
    return [mimeType, flags.join(' '), attributes.map(({ className }) => className.replace('DocumentAttribute', '')).join(' '), Number(size)]
  }

  t.same(await looksOf('document'), ['application/octet-stream', '', 'Filename', 5_000_000_000])
  t.same(await looksOf('video'), ['video/mp4', 'video', 'Video Filename', 5_000_000_000])
  t.same(await looksOf('video_note'), ['video/mp4', 'video round', 'Video Filename', 5_000_000_000])
  t.same(await looksOf('animation'), ['video/mp4', 'video', 'Video Animated Filename', 5_000_000_000])
  t.same(await looksOf('audio'), ['audio/mpeg', '', 'Audio Filename', 5_000_000_000])
  t.same(await looksOf('voice'), ['audio/ogg', 'voice', 'Audio Filename', 5_000_000_000])
  t.same(await looksOf('sticker'), ['image/webp', '', 'ImageSize Sticker Filename', 5_000_000_000])
})
