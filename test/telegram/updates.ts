import t from 'tap'
import bigInt from 'big-integer'
import { Api } from 'telegram'
import { UpdateConnectionState } from 'telegram/network/index.js'
import { readUpdates } from '../../src/telegram/updates.js'
import { overTheWire } from './fixtures/gramjs.js'

const user = (id: number) => new Api.PeerUser({ userId: bigInt(id) })
const message = (fields: Partial<ConstructorParameters<typeof Api.Message>[0]>) => new Api.Message({ id: 7, peerId: user(5), date: 1_700_000_000, message: 'text', ...fields })
const news = (...messages: Api.TypeMessage[]) => overTheWire(new Api.Updates({
  updates: messages.map(message => new Api.UpdateNewMessage({ message, pts: 1, ptsCount: 1 })), users: [], chats: [], date: 0, seq: 0
}))

t.test('a private message comes from the other side of the chat', async t => {
  t.same(readUpdates(news(message({})))?.messages, [{
    kind: 'new', chat: { id: '5', kind: 'private' }, messageId: 7, senderId: '5', text: 'text', media: null
  }])
})

t.test('chats and senders of every kind are named as the Bot API names them', async t => {
  const channel = new Api.PeerChannel({ channelId: bigInt(1234567890) })
  const read = (fields: Partial<ConstructorParameters<typeof Api.Message>[0]>) => readUpdates(news(message(fields)))?.messages[0]
  t.match(read({ peerId: new Api.PeerChat({ chatId: bigInt(77) }), fromId: user(5) }), { chat: { id: '-77', kind: 'group' }, senderId: '5' })
  t.match(read({ peerId: channel, fromId: user(5) }), { chat: { id: '-1001234567890', kind: 'supergroup' }, senderId: '5' })
  t.match(read({ peerId: channel, post: true }), { chat: { id: '-1001234567890', kind: 'channel' }, senderId: null })
  t.match(read({ peerId: channel, fromId: channel }), { chat: { kind: 'supergroup' }, senderId: '-1001234567890' })
})

t.test('what the bot wrote itself, service messages and empty ones are no news; its own channel post is', async t => {
  const service = new Api.MessageService({ id: 1, peerId: user(5), date: 0, action: new Api.MessageActionPinMessage() })
  t.same(readUpdates(news(message({ out: true }), service, new Api.MessageEmpty({ id: 2 })))?.messages, [])
  t.equal(readUpdates(news(message({ out: true, post: true, peerId: new Api.PeerChannel({ channelId: bigInt(9) }) })))?.messages.length, 1)
})

t.test('edits are told apart, in all forms of a frame', async t => {
  const edit = new Api.UpdateEditMessage({ message: message({}), pts: 1, ptsCount: 1 })
  t.match(readUpdates(overTheWire(new Api.UpdateShort({ update: edit, date: 0 })))?.messages, [{ kind: 'edited', messageId: 7 }])
  const combined = new Api.UpdatesCombined({ updates: [edit], users: [], chats: [], date: 0, seqStart: 1, seq: 1 })
  t.match(readUpdates(overTheWire(combined))?.messages, [{ kind: 'edited' }])
})

t.test('the short forms of text messages are read', async t => {
  const base = { id: 3, message: '/start', pts: 1, ptsCount: 1, date: 0 }
  t.same(readUpdates(overTheWire(new Api.UpdateShortMessage({ ...base, userId: bigInt(5) })))?.messages, [
    { kind: 'new', chat: { id: '5', kind: 'private' }, messageId: 3, senderId: '5', text: '/start', media: null }
  ])
  t.match(readUpdates(overTheWire(new Api.UpdateShortChatMessage({ ...base, fromId: bigInt(5), chatId: bigInt(77) })))?.messages, [
    { chat: { id: '-77', kind: 'group' }, senderId: '5' }
  ])
  t.same(readUpdates(overTheWire(new Api.UpdateShortMessage({ ...base, userId: bigInt(5), out: true })))?.messages, [])
})

t.test('what is no update is none', async t => {
  for (const other of [new UpdateConnectionState(1), undefined, null, 5, {}, true]) t.equal(readUpdates(other), null)
  t.same(readUpdates(new Api.UpdatesTooLong())?.messages ?? [], [])
})
