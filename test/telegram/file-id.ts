import t from 'tap'
import { type FileLocation, fileTypes, formatFileId, formatUniqueId, inputLocation, type MediaKind, parseLocation } from '../../src/telegram/file-id.js'
import { pyrogramFileId } from './fixtures/pyrogram.js'

const document: FileLocation = {
  kind: 'document', dcId: 4, id: '5359812345678901234', accessHash: '-1234567890123456789', reference: Buffer.from('0100000dab6543210000', 'hex'), thumb: ''
}
const photo: FileLocation = { ...document, kind: 'photo', thumb: 'y' }
const kinds: MediaKind[] = ['document', 'video', 'audio', 'voice', 'video-note', 'animation', 'sticker', 'photo']
const locationOf = (kind: MediaKind) => kind === 'photo' ? photo : document
const plain = (location: FileLocation) => ({ ...location, reference: Buffer.from(location.reference).toString('hex') })

t.test('every kind of file_id leads back to its location', async t => {
  for (const kind of kinds) t.same(plain(parseLocation(formatFileId(kind, locationOf(kind)))), plain(locationOf(kind)), kind)
})

t.test('file_ids begin as those of the Bot API do, by kind', async t => {
  const starts = Object.fromEntries(kinds.map(kind => [kind, formatFileId(kind, locationOf(kind)).slice(0, 4)]))
  t.same(starts, { document: 'BQAC', video: 'BAAC', audio: 'CQAC', voice: 'AwAC', 'video-note': 'DQAC', animation: 'CgAC', sticker: 'CAAC', photo: 'AgAC' })
})

t.test('a sticker\'s file_id from the Bot API is read and written the same', async t => {
  const real = 'CAACAgIAAxkBAAEJny9gituz1_V_uSKBUuG_nhtzEtFOeQACXFoAAuCjggfYjw_KAAGSnkgfBA'
  const location = parseLocation(real)
  t.match(location, { kind: 'document', dcId: 2, thumb: '' })
  t.match(formatFileId('sticker', location), /^CAACAgIAAxkBAAEJny9gituz1_V_uSKBUuG_nhtzEtFOeQACXFoAAuCjggfYjw_KAAGSnk/, 'only the version at its end differs')
})

t.test('the unique id is the same for every bot and every reference', async t => {
  for (const kind of kinds) {
    const other = { ...locationOf(kind), accessHash: '42', reference: Buffer.alloc(0), dcId: 1 }
    t.equal(formatUniqueId(kind, locationOf(kind)), formatUniqueId(kind, other), kind)
    t.match(formatUniqueId(kind, other), /^[A-Za-z0-9_-]{1,64}$/)
  }
  t.equal(formatUniqueId('video', document), formatUniqueId('document', document), 'documents have one class')
  t.not(formatUniqueId('photo', photo), formatUniqueId('photo', { ...photo, thumb: 'w' }), 'each size of a photo is a file')
})

t.test('file_ids that Pyrogram made are read', async t => {
  for (const kind of kinds) {
    t.same(plain(parseLocation(pyrogramFileId(fileTypes[kind], locationOf(kind)))), plain(locationOf(kind)), kind)
    const bare = { ...locationOf(kind), reference: Buffer.alloc(0) }
    t.same(plain(parseLocation(pyrogramFileId(fileTypes[kind], bare))), plain(bare), `${kind} without a reference`)
  }
})

t.test('file_ids of newer Bot API servers are read', async t => {
  for (const subversion of [59, 61, 90]) {
    const bytes = Buffer.from(formatFileId('video', document), 'base64url')
    bytes[bytes.length - 2] = subversion
    t.same(plain(parseLocation(bytes.toString('base64url'))), plain(document), `${subversion}`)
  }
})

t.test('what is no file_id says so and is never a crash', async t => {
  const valid = formatFileId('video', document)
  const garbage = ['', 'x', '!!!!', 'AAAA', 'BAACAgQ', valid.slice(0, 20), valid.slice(10), '🙂🙂🙂', Buffer.alloc(300, 255).toString('base64url'), 'AgADBAADbXXXXXXXXXXGBdhD2l6_XX']
  for (const text of garbage) t.throws(() => parseLocation(text), { code: 'SOURCE_GONE' }, JSON.stringify(text))
})

t.test('the location for Telegram carries numbers and bytes in GramJS\'s types', async t => {
  const input = inputLocation(document)
  t.equal(input.className, 'InputDocumentFileLocation')
  t.ok(input.getBytes().length > 0)
  t.equal(inputLocation(photo).className, 'InputPhotoFileLocation')
})
