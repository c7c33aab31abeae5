import { randomUUID } from 'node:crypto'
import t from 'tap'
import { openIndexer } from '../../src/app/indexer.js'
import { endWalk, moveWalk, noteWalkNotice, queueWalk } from '../../src/catalogue/backfills.js'
import { enterProcess } from '../../src/catalogue/processes.js'
import { createLog } from '../../src/log.js'
import type { EditedMessage } from '../../src/media.js'
import { until } from '../e2e/fixtures/until.js'
import { createTestDatabase } from '../fixtures/database.js'
import { bot, chat } from '../fixtures/messages.js'

t.test('a process that another one has overtaken shows a walk as it stands, not as it knew it', async t => {
  const { db, query } = await createTestDatabase(t)
  const [own, other] = [randomUUID(), randomUUID()]
  for (const id of [own, other]) await enterProcess(db, id)
  const chatId = chat('-1001234567890')
  const { id } = await queueWalk(db, { chatId, from: 1, to: 100 }, null, '42')
  await noteWalkNotice(db, id, { botId: bot(1), chatId, messageId: 7 })

  /** The other one carries it out while this one waits for Telegram. */
  async function overtake () {
    await query('UPDATE teleferry_backfills SET holder = $1', [other])
    await moveWalk(db, id, other, { cursor: 101, to: 100, messages: 90, files: 5 })
    await endWalk(db, id, other, 'done', null)
    return []
  }

  const shown: EditedMessage[] = []
  const indexer = openIndexer({ bots: [{ id: bot(1), token: '' }], indexRate: 100 }, createLog('silent'), db, { term: async () => ({ id: own, isSure: () => true, over: new AbortController().signal }) }, {
    canServe: () => true,
    remaining: () => [bot(1)],
    history: () => ({ bound: async () => 101, read: overtake }),
    edit: async (_botId, message) => { shown.push(message) }
  })
  t.teardown(indexer.stop)
  await until('the live message', () => shown.length > 0)
  t.match(shown, [{ messageId: 7, text: ['Indexed: ', { code: chatId }, '\n', '90 messages, 5 files'] }])
})
