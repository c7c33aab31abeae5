import t from 'tap'
import type { BotId, ChatId } from '../../src/media.js'
import { type Occasion, randomIdFor } from '../../src/telegram/random-id.js'

const occasion: Occasion = { botId: '1' as BotId, chatId: '2' as ChatId, messageId: 3, purpose: 'reply' }

t.test('the same occasion has the same id, today and in every later version', async t => {
  t.equal(randomIdFor(occasion).toString(), randomIdFor({ ...occasion }).toString())
  t.equal(randomIdFor(occasion).toString(), '-7236218973621454385')
})

t.test('any other occasion has another id, within 64 bits', async t => {
  const others: Occasion[] = [
    occasion, { ...occasion, botId: '12' as BotId }, { ...occasion, chatId: '-2' as ChatId }, { ...occasion, messageId: 4 }, { ...occasion, purpose: 'copy' },
    { ...occasion, botId: '12' as BotId, chatId: '3' as ChatId }
  ]
  const ids = others.map(other => BigInt(randomIdFor(other).toString()))
  t.equal(new Set(ids).size, others.length)
  t.ok(ids.every(id => BigInt.asIntN(64, id) === id))
})
