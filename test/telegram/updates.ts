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

const messagesIn = (update: unknown) => readUpdates(update)?.changes.flatMap(({ content }) => content.messages) ?? []

t.test('a private message comes from the other side of the chat', async t => {
  t.same(messagesIn(news(message({}))), [{
    kind: 'new', chat: { id: '5', kind: 'private' }, messageId: 7, date: 1_700_000_000, senderId: '5', text: 'text', media: null
  }])
})

t.test('chats and senders of every kind are named as the Bot API names them', async t => {
  const channel = new Api.PeerChannel({ channelId: bigInt(1234567890) })
  const read = (fields: Partial<ConstructorParameters<typeof Api.Message>[0]>) => messagesIn(news(message(fields)))[0]
  t.match(read({ peerId: new Api.PeerChat({ chatId: bigInt(77) }), fromId: user(5) }), { chat: { id: '-77', kind: 'group' }, senderId: '5' })
  t.match(read({ peerId: channel, fromId: user(5) }), { chat: { id: '-1001234567890', kind: 'supergroup' }, senderId: '5' })
  t.match(read({ peerId: channel, post: true }), { chat: { id: '-1001234567890', kind: 'channel' }, senderId: null })
  t.match(read({ peerId: channel, fromId: channel }), { chat: { kind: 'supergroup' }, senderId: '-1001234567890' })
})

t.test('what the bot wrote itself, service messages and empty ones are no news; its own channel post is', async t => {
  const service = new Api.MessageService({ id: 1, peerId: user(5), date: 0, action: new Api.MessageActionPinMessage() })
  t.same(messagesIn(news(message({ out: true }), service, new Api.MessageEmpty({ id: 2 }))), [])
  t.equal(messagesIn(news(message({ out: true, post: true, peerId: new Api.PeerChannel({ channelId: bigInt(9) }) }))).length, 1)
})

t.test('edits are told apart, in all forms of a frame', async t => {
  const edit = new Api.UpdateEditMessage({ message: message({}), pts: 1, ptsCount: 1 })
  t.match(messagesIn(overTheWire(new Api.UpdateShort({ update: edit, date: 0 }))), [{ kind: 'edited', messageId: 7 }])
  const combined = new Api.UpdatesCombined({ updates: [edit], users: [], chats: [], date: 0, seqStart: 1, seq: 1 })
  t.match(messagesIn(overTheWire(combined)), [{ kind: 'edited' }])
})

t.test('the short forms of text messages are read', async t => {
  const base = { id: 3, message: '/start', pts: 1, ptsCount: 1, date: 0 }
  t.same(messagesIn(overTheWire(new Api.UpdateShortMessage({ ...base, userId: bigInt(5) }))), [
    { kind: 'new', chat: { id: '5', kind: 'private' }, messageId: 3, date: 0, senderId: '5', text: '/start', media: null }
  ])
  t.match(messagesIn(overTheWire(new Api.UpdateShortChatMessage({ ...base, fromId: bigInt(5), chatId: bigInt(77) }))), [
    { chat: { id: '-77', kind: 'group' }, senderId: '5' }
  ])
  t.same(messagesIn(overTheWire(new Api.UpdateShortMessage({ ...base, userId: bigInt(5), out: true }))), [])
})

t.test('what is no update is none', async t => {
  for (const other of [new UpdateConnectionState(1), undefined, null, 5, {}, true]) t.equal(readUpdates(other), null)
})

const read = (...updates: Api.TypeUpdate[]) => readUpdates(overTheWire(new Api.Updates({ updates, users: [], chats: [], date: 0, seq: 0 })))
const channelId = bigInt(1234567890)
const inChannel = message({ peerId: new Api.PeerChannel({ channelId }), post: true })

t.test('each update is counted in the box that it belongs to', async t => {
  const packet = read(
    new Api.UpdateNewChannelMessage({ message: inChannel, pts: 5, ptsCount: 1 }),
    new Api.UpdateDeleteChannelMessages({ channelId, messages: [1, 2], pts: 7, ptsCount: 2 }),
    new Api.UpdatePinnedChannelMessages({ pinned: true, channelId, messages: [1], pts: 8, ptsCount: 1 }),
    new Api.UpdateDeleteMessages({ messages: [3], pts: 9, ptsCount: 1 }),
    new Api.UpdateReadHistoryInbox({ peer: user(5), maxId: 1, stillUnreadCount: 0, pts: 10, ptsCount: 1 }),
    new Api.UpdateBotStopped({ userId: bigInt(5), date: 1, stopped: true, qts: 11 })
  )
  t.same(packet?.changes.map(({ box, pts, count }) => [box, pts, count]), [
    ['-1001234567890', 5, 1], ['-1001234567890', 7, 2], ['-1001234567890', 8, 1], ['own', 9, 1], ['own', 10, 1]
  ])
  t.same(packet?.changes.flatMap(({ content }) => content.deletions), [{ chatId: '-1001234567890', messageIds: [1, 2] }, { chatId: null, messageIds: [3] }])
  t.same(packet?.qts, [11])
})

t.test('what says that more happened is told apart: everywhere, in a channel, since a numbered frame', async t => {
  t.match(readUpdates(overTheWire(new Api.UpdatesTooLong())), { isTooLong: true, changes: [] })
  t.match(read(new Api.UpdatePtsChanged()), { isTooLong: true, changes: [] })
  t.same(read(new Api.UpdateChannelTooLong({ channelId, pts: 30 }), new Api.UpdateChannelTooLong({ channelId }), new Api.UpdateChannel({ channelId }))?.doubted,
    [{ chatId: '-1001234567890', pts: 30 }, { chatId: '-1001234567890', pts: 0 }, { chatId: '-1001234567890', pts: 0 }])
  t.equal(read()?.seq, null, 'number 0: outside the order')
  t.same(readUpdates(overTheWire(new Api.Updates({ updates: [], users: [], chats: [], date: 0, seq: 4 })))?.seq, { first: 4, last: 4 })
  t.same(readUpdates(overTheWire(new Api.UpdatesCombined({ updates: [], users: [], chats: [], date: 0, seqStart: 4, seq: 6 })))?.seq, { first: 4, last: 6 })
})

t.test('a message without news still tells its number, and so does the answer to a text that the bot sent', async t => {
  const service = new Api.MessageService({ id: 12, peerId: user(5), date: 0, action: new Api.MessageActionPinMessage() })
  t.match(readUpdates(news(service))?.changes, [{ content: { messages: [], lastMessageId: 12 } }])
  t.match(readUpdates(overTheWire(new Api.UpdateShortSentMessage({ id: 13, date: 0, pts: 4, ptsCount: 1 })))?.changes, [{ box: 'own', pts: 4, count: 1, content: { messages: [], lastMessageId: 13 } }])
})
