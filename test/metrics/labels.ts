import t from 'tap'
import { BotRefused, SourceFailed, SourceGone, SourceResting } from '../../src/errors.js'
import type { BotId } from '../../src/media.js'
import { failureOf, partsOf } from '../../src/metrics/labels.js'

t.test('a lane is told apart by its bot and one of few data centres', async t => {
  for (const dc of [1, 2, 3, 4, 5]) t.same(partsOf(`42:dc${dc}`), { bot: '42', dc: String(dc) })
  for (const odd of [0, 6, 203, 99999]) t.same(partsOf(`42:dc${odd}`), { bot: '42', dc: 'other' })
  t.same(partsOf('42'), { bot: '42', dc: 'other' }, 'the bot is between two sessions')
})

t.test('failures have few codes', async t => {
  const errors = [new SourceResting(1), new SourceGone('x'), new SourceFailed('x'), new BotRefused('1' as BotId, 'x'), new TypeError('x'), Object.assign(new Error('x'), { code: 'ECONNRESET' }), 'x']
  t.same(errors.map(failureOf), ['SOURCE_RESTING', 'SOURCE_GONE', 'SOURCE_FAILED', 'BOT_REFUSED', 'OTHER', 'OTHER', 'OTHER'])
})
