import t from 'tap'
import { formatRichText } from '../../src/telegram/rich-text.js'

t.test('monospace parts are marked where Telegram counts them, in UTF-16 units', async t => {
  const { message, entities } = formatRichText(['🎬 ', { code: '👩‍👩‍👧' }, ' é ', { code: 'x' }])
  t.equal(message, '🎬 👩‍👩‍👧 é x')
  t.same(entities.map(entity => message.slice(entity.offset, entity.offset + entity.length)), ['👩‍👩‍👧', 'x'])
})

t.test('nothing is marked where there is nothing', async t => {
  t.same(formatRichText([]), { message: '', entities: [] })
  t.same(formatRichText(['a', { code: '' }, 'b']), { message: 'ab', entities: [] })
})
