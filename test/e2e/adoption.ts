import t from 'tap'
import type { SandboxBot } from '../../src/sandbox/script/bot.js'
import type { SandboxFile } from '../../src/sandbox/script/file.js'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { fileTypes } from '../../src/telegram/file-id.js'
import { pyrogramFileId } from '../telegram/fixtures/pyrogram.js'
import { difference, get, getRange } from './fixtures/http.js'
import { copiesIn, fileIdsOf, linkTo, post, rowOf, setStage, type Stage, startOn } from './fixtures/story.js'
import { uniqueIdOf } from './fixtures/unique-id.js'

/** The table as a Python program made it. */
const oldTable = `CREATE TABLE media_files (
  unique_file_id VARCHAR(64) PRIMARY KEY,
  b_1 TEXT, b_2 TEXT, b_3 TEXT, b_4 TEXT, b_5 TEXT, b_6 TEXT, b_7 TEXT, b_8 TEXT, b_9 TEXT, b_10 TEXT, b_11 TEXT,
  file_name TEXT, file_size INTEGER, mime_type TEXT,
  created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
)`

/** What Pyrogram would have noted for a bot; `bare`: without a file reference. */
function pyrogramId ({ sandbox }: Stage, bot: SandboxBot, kind: keyof typeof fileTypes, file: SandboxFile, bare = false): string {
  const { id, accessHash, fileReference, dcId, thumbSize } = sandbox.locationFor(bot, file)
  return pyrogramFileId(fileTypes[kind], {
    kind: kind === 'photo' ? 'photo' : 'document', dcId, id: String(id), accessHash: String(accessHash), reference: bare ? new Uint8Array() : fileReference, thumb: thumbSize
  })
}

t.test('an existing table with INTEGER sizes is adopted with its rows, which stream without being seen again, and takes sizes above 2 GiB', async t => {
  const stage = await setStage(t, { bots: 2, migrated: false })
  const { sandbox, database, bots: [first, second] } = stage
  if (first === undefined || second === undefined) return t.fail('two bots')
  await database.query(oldTable)
  const film = sandbox.file({ kind: 'video', content: syntheticContent('old film', 1_200_000), dcId: 4 })
  const note = sandbox.file({ kind: 'voice', content: syntheticContent('old note', 5000) })
  const picture = sandbox.file({ kind: 'photo', content: syntheticContent('old picture', 70_000), dcId: 1 })
  const insert = 'INSERT INTO media_files (unique_file_id, b_1, b_2, file_name, file_size, mime_type, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, \'2021-03-04 05:06:07\', \'2022-01-02 03:04:05\')'
  const filmId = uniqueIdOf('video', film)
  await database.query(insert, [filmId, pyrogramId(stage, first, 'video', film), pyrogramId(stage, second, 'video', film), 'film.mp4', 1_200_000, 'video/mp4'])
  await database.query(insert, ['voice', null, pyrogramId(stage, second, 'voice', note), null, null, null])
  await database.query(insert, ['picture', pyrogramId(stage, first, 'photo', picture), '', 'picture.jpg', 70_000, 'image/jpeg'])

  const app = await startOn(t, stage)
  t.ok(app.said.some(line => line.includes('widened media_files.file_size from integer to bigint')), 'the log says what was changed')
  for (let asked = 0; asked < 6; asked++) {
    const got = await get(linkTo(app, filmId))
    t.match(got, { status: 200, headers: { 'content-type': 'video/mp4', 'last-modified': 'Thu, 04 Mar 2021 05:06:07 GMT' } })
    t.equal(difference(got.body, film.content.read(0, film.content.size)), null)
  }
  t.equal(difference((await get(linkTo(app, 'picture'))).body, picture.content.read(0, 70_000)), null)
  const unsized = await get(linkTo(app, 'voice'))
  t.match(unsized, { status: 200, headers: { 'content-length': '5000', 'content-type': 'application/octet-stream' } }, 'a row without size, name and type')
  t.equal(difference(unsized.body, note.content.read(0, 5000)), null)
  t.match(await rowOf(database, 'voice'), { file_size: '5000', file_name: null }, 'the size that was found out is kept')

  const large = await post(stage, app, { kind: 'video', name: 'large.mkv', content: syntheticContent('large', 4_194_304_000) })
  t.match(await rowOf(database, large.id), { file_size: '4194304000' })
  t.equal(difference((await getRange(large.url, 4_194_303_990, 4_194_304_000)).body, large.file.content.read(4_194_303_990, 10)), null)
  t.match(await rowOf(database, 'picture'), { file_name: 'picture.jpg', file_size: '70000' }, 'rows are as they were')
  await app.close()

  const again = await startOn(t, stage)
  t.equal((await get(linkTo(again, filmId))).status, 200, 'and at the next start, too')
})

t.test('a Pyrogram row whose file_id has no file reference streams once a message with the file was seen', async t => {
  const stage = await setStage(t)
  const { sandbox, database, bots: [bot] } = stage
  if (bot === undefined) return t.fail('a bot')
  const app = await startOn(t, stage)
  const { id, url, file } = await post(stage, app, { kind: 'video', content: syntheticContent('bare', 300_000) })
  const bare = pyrogramId(stage, bot, 'video', file, true)
  await database.query('UPDATE media_files SET b_1 = $2 WHERE unique_file_id = $1', [id, bare])
  t.equal(difference((await get(url)).body, file.content.read(0, 300_000)), null)
  t.not(fileIdsOf(await copiesIn(database, id, 1))[0], bare, 'the renewed file_id is kept')

  const unseen = sandbox.file({ kind: 'video', content: syntheticContent('unseen', 300_000) })
  await database.query('INSERT INTO media_files (unique_file_id, b_1, file_size) VALUES ($1, $2, 300000)', [uniqueIdOf('video', unseen), pyrogramId(stage, bot, 'video', unseen, true)])
  t.equal((await get(linkTo(app, uniqueIdOf('video', unseen)))).status, 410, 'where Telegram insists on references')
  sandbox.settings.enforceReferences = false
  t.equal(difference((await get(linkTo(app, uniqueIdOf('video', unseen)))).body, unseen.content.read(0, 300_000)), null, 'where it does not')
})
