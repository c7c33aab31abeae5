import t from 'tap'
import type { SandboxBot } from '../../src/sandbox/script/bot.js'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { difference, get } from './fixtures/http.js'
import { copiesIn, fileIdsOf, linkTo, post, setStage, type Stage, startOn } from './fixtures/story.js'

const paper = syntheticContent('slots', 9000)

/** Whose slot is which. */
async function slotsIn ({ database }: Stage): Promise<Record<string, number | null>> {
  const rows = await database.query<{ bot_id: string, slot: number | null }>('SELECT bot_id::text, slot FROM teleferry_bots')
  return Object.fromEntries(rows.map(({ bot_id: botId, slot }) => [botId, slot]))
}

/** The bots in an order, by their numbers, which begin at 1. */
const pick = ({ bots }: Stage, ...numbers: number[]): SandboxBot[] => numbers.flatMap(number => bots[number - 1] ?? [])

/** Asks until each of `bots` has served the file; every answer must be right. Returns how many were not. */
async function wrongAnswers ({ sandbox }: Stage, url: string, bots: readonly SandboxBot[]): Promise<number> {
  const served = (bot: SandboxBot) => sandbox.stats().accounts[bot.id]?.methods['upload.GetFile']?.calls ?? 0
  const before = new Map(bots.map(bot => [bot, served(bot)]))
  let wrong = 0
  for (let asked = 0; asked < 200 && bots.some(bot => served(bot) === before.get(bot)); asked++) {
    const { status, body } = await get(url)
    if (status !== 200 || difference(body, paper.read(0, paper.size)) !== null) wrong++
  }
  return wrong
}

t.test('tokens in another order leave every bot its slot and its file_ids', async t => {
  const stage = await setStage(t, { bots: 3 })
  const first = await startOn(t, stage)
  const { id } = await post(stage, first, { kind: 'document', content: paper })
  const row = await copiesIn(stage.database, id, 3)
  const slots = await slotsIn(stage)
  await first.close()

  const second = await startOn(t, stage, { bots: pick(stage, 3, 1, 2) })
  t.same(await slotsIn(stage), slots)
  t.equal(await wrongAnswers(stage, linkTo(second, id), stage.bots), 0)
  t.same(fileIdsOf(await copiesIn(stage.database, id, 3)), fileIdsOf(row))
  t.equal(stage.sandbox.stats().methods['upload.GetFile']?.errors, 0, 'no bot tried another one\'s file_id')
})

t.test('a bot that is taken away keeps its slot for its return, and a new one gets the next', async t => {
  const stage = await setStage(t, { bots: 4 })
  const first = await startOn(t, stage, { bots: pick(stage, 1, 2, 3) })
  const { id } = await post(stage, first, { kind: 'document', content: paper }, 3)
  await first.close()

  const second = await startOn(t, stage, { bots: pick(stage, 1, 3, 4) })
  t.same(await slotsIn(stage), Object.fromEntries(stage.bots.map((bot, index) => [bot.id, index + 1])))
  const later = await post(stage, second, { kind: 'document', content: paper }, 3)
  t.same(fileIdsOf(await copiesIn(stage.database, later.id, 3)).map(fileId => fileId !== null).slice(0, 5), [true, false, true, true, false])
  t.equal(await wrongAnswers(stage, linkTo(second, id), pick(stage, 1, 3)), 0)
  t.equal(await wrongAnswers(stage, later.url, pick(stage, 1, 3, 4)), 0)
  await second.close()

  const third = await startOn(t, stage, { bots: pick(stage, 2) })
  t.equal(await wrongAnswers(stage, linkTo(third, id), pick(stage, 2)), 0, 'back with its old file_id')
  await copiesIn(stage.database, later.id, 4)
  t.equal(await wrongAnswers(stage, linkTo(third, later.id), pick(stage, 2)), 0, 'what was posted while it was away it has learnt, too')
  t.equal(stage.sandbox.stats().methods['upload.GetFile']?.errors, 0)
})

t.test('a twelfth bot takes the slot of the one that has been absent longest, whose file_ids are gone at once', async t => {
  const stage = await setStage(t, { bots: 12 })
  const first = await startOn(t, stage, { bots: stage.bots.slice(0, 11) })
  const { id } = await post(stage, first, { kind: 'document', content: paper }, 11)
  await first.close()
  await (await startOn(t, stage, { bots: pick(stage, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11) })).close()
  const before = fileIdsOf(await copiesIn(stage.database, id, 11))

  const last = await startOn(t, stage, { bots: pick(stage, 12, 11, 10, 9, 8, 7, 6, 2, 1) })
  const slots = await slotsIn(stage)
  t.equal(slots[stage.bots[11]?.id ?? ''], 3, 'the third was away longer than the fourth and the fifth')
  t.equal(slots[stage.bots[2]?.id ?? ''], null)
  t.equal(slots[stage.bots[3]?.id ?? ''], 4)
  t.same(fileIdsOf(await copiesIn(stage.database, id, 10)), before.with(2, null))
  t.equal(await wrongAnswers(stage, linkTo(last, id), pick(stage, 1, 2)), 0)

  const later = await post(stage, last, { kind: 'document', content: paper }, 9)
  t.ok(fileIdsOf(await copiesIn(stage.database, later.id, 9))[2], 'what it sees goes into that column')
  t.equal(await wrongAnswers(stage, later.url, pick(stage, 12)), 0)
  t.equal(stage.sandbox.stats().methods['upload.GetFile']?.errors, 0, 'no bot tried another one\'s file_id')
})

t.test('file_ids in the wrong columns give no wrong byte: another bot serves, or nobody', async t => {
  const stage = await setStage(t, { bots: 3 })
  const app = await startOn(t, stage)
  const { id, url } = await post(stage, app, { kind: 'document', content: paper })
  const [one, two, three] = fileIdsOf(await copiesIn(stage.database, id, 3))
  const forge = async (...columns: unknown[]) => { await stage.database.query('UPDATE media_files SET b_1 = $2, b_2 = $3, b_3 = $4 WHERE unique_file_id = $1', [id, ...columns]) }
  for (const columns of [[two, one, three], [one, three, two], [three, two, one]]) {
    await forge(...columns)
    for (let asked = 0; asked < 4; asked++) t.equal(difference((await get(url)).body, paper.read(0, paper.size)), null, 'through the bot whose file_id is in its place')
  }
  await forge(two, three, one)
  const nobody = await get(url)
  t.equal(nobody.status, 410)
  t.match(nobody.headers['content-type'], /^application\/problem\+json/)
})
