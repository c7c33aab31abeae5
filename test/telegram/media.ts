import t from 'tap'
import bigInt from 'big-integer'
import { Api } from 'telegram'
import { mediaIn } from '../../src/telegram/media.js'
import { fileNameOf, mimeTypeOf } from '../../src/telegram/file-name.js'
import { overTheWire } from './fixtures/gramjs.js'

const date = Date.UTC(2026, 10, 21, 15, 30, 0) / 1000
const video = (fields = {}) => new Api.DocumentAttributeVideo({ duration: 1, w: 1, h: 1, ...fields })
const audio = (fields = {}) => new Api.DocumentAttributeAudio({ duration: 1, ...fields })
const sticker = () => new Api.DocumentAttributeSticker({ alt: '', stickerset: new Api.InputStickerSetEmpty() })
const name = (fileName: string) => new Api.DocumentAttributeFilename({ fileName })

function read (attributes: Api.TypeDocumentAttribute[], fields: { mimeType?: string, size?: number } = {}) {
  const { mimeType = 'video/mp4', size = 1 } = fields
  const document = new Api.Document({
    id: bigInt('5359812345678901234'), accessHash: bigInt(-5), fileReference: Buffer.from([1, 0, 0, 2]), date, mimeType, size: bigInt(size), dcId: 4, attributes
  })
  return mediaIn(overTheWire(new Api.MessageMediaDocument({ document })), date)
}

t.test('the kind follows from the attributes, in the Bot API\'s order', async t => {
  const table: ReadonlyArray<[Api.TypeDocumentAttribute[], RegExp, string]> = [
    [[], /^BQAC/, 'document'],
    [[video()], /^BAAC/, 'video'],
    [[video({ roundMessage: true })], /^DQAC/, 'video-note'],
    [[video(), new Api.DocumentAttributeAnimated()], /^CgAC/, 'animation'],
    [[audio()], /^CQAC/, 'audio'],
    [[audio({ voice: true })], /^AwAC/, 'voice'],
    [[sticker(), video()], /^CAAC/, 'sticker']
  ]
  for (const [attributes, fileId, kind] of table) {
    t.match(read(attributes), { fileId, name: new RegExp(`^${kind}-2026-11-21-153000\\.`) }, kind)
  }
})

t.test('the name is the sender\'s where there is one', async t => {
  t.equal(read([video(), name('Ein Film.mkv')])?.name, 'Ein Film.mkv')
  t.equal(read([video(), name('a\u0000b\n.mkv')])?.name, 'ab.mkv')
  t.equal(read([video(), name(' \u0007 ')])?.name, 'video-2026-11-21-153000.mp4')
})

t.test('a size beyond 2 GiB keeps every digit', async t => {
  t.equal(read([], { size: 4_194_304_000 })?.size, 4_194_304_000)
})

t.test('a type that has not the form of one is replaced by the kind\'s', async t => {
  t.equal(mimeTypeOf('video', 'Video/MP4'), 'video/mp4')
  for (const told of [undefined, '', 'video', 'a/b\r\nx: y', 'text/html; charset=x']) t.equal(mimeTypeOf('voice', told), 'audio/ogg', told ?? 'none')
  t.equal(fileNameOf('document', undefined, 'application/x-unheard-of', date), 'document-2026-11-21-153000.bin')
  t.equal(fileNameOf('document', undefined, 'constructor', date), 'document-2026-11-21-153000.bin')
})

t.test('a photo is taken in its largest size that can be fetched', async t => {
  const size = (type: string, w: number, size: number) => new Api.PhotoSize({ type, w, h: w, size })
  const photo = (sizes: Api.TypePhotoSize[]) => mediaIn(overTheWire(new Api.MessageMediaPhoto({
    photo: new Api.Photo({ id: bigInt(9), accessHash: bigInt(8), fileReference: Buffer.from([7]), date, sizes, dcId: 2 })
  })), date)
  t.match(photo([size('m', 320, 10), size('y', 1280, 30), size('x', 800, 20)]), { size: 30, name: 'photo-2026-11-21-153000.jpg', mimeType: 'image/jpeg', fileId: /^AgAC/ })
  t.match(photo([size('x', 800, 20), new Api.PhotoSizeProgressive({ type: 'y', w: 1280, h: 960, sizes: [5, 40, 90] })]), { size: 90 })
  t.equal(photo([new Api.PhotoStrippedSize({ type: 'i', bytes: Buffer.from([1]) })]), null)
})

t.test('messages without a file have none', async t => {
  const webPage = new Api.MessageMediaWebPage({ webpage: new Api.WebPageEmpty({ id: bigInt(1) }) })
  for (const media of [undefined, null, webPage, new Api.MessageMediaPhoto({}), new Api.MessageMediaDocument({}), new Api.MessageMediaUnsupported()]) {
    t.equal(mediaIn(media, date), null)
  }
})
