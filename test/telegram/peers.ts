import t from 'tap'
import bigInt from 'big-integer'
import { Api } from 'telegram'
import type { ChatId } from '../../src/media.js'
import { chatIdOf, createPeers, parseChatId } from '../../src/telegram/peers.js'

t.test('ids of every kind lead there and back', async t => {
  const peers: Api.TypePeer[] = [
    new Api.PeerUser({ userId: bigInt('7000000007') }), new Api.PeerChat({ chatId: bigInt('4999999999') }), new Api.PeerChannel({ channelId: bigInt('1') }),
    new Api.PeerChannel({ channelId: bigInt('997852516352') })
  ]
  t.same(peers.map(chatIdOf), ['7000000007', '-4999999999', '-1000000000001', '-1997852516352'])
  t.same(peers.map(chatIdOf).map(parseChatId), [
    { kind: 'user', id: '7000000007' }, { kind: 'group', id: '4999999999' }, { kind: 'channel', id: '1' }, { kind: 'channel', id: '997852516352' }
  ])
})

t.test('a user is addressed with the hash that was seen last, or with none', async t => {
  const peers = createPeers()
  const user = (accessHash: number, min = false) => new Api.User({ id: bigInt(5), accessHash: bigInt(accessHash), min })
  const hash = () => {
    const input = peers.input('5' as ChatId)
    return input instanceof Api.InputPeerUser ? input.accessHash.toString() : null
  }
  t.equal(hash(), '0')
  peers.remember([user(42)])
  t.equal(hash(), '42')
  peers.remember([user(43, true), new Api.UserEmpty({ id: bigInt(5) })])
  t.equal(hash(), '42', 'a hash of a min user is good for nothing')
})

t.test('the memory for users is bounded, and the latest stay', async t => {
  const peers = createPeers()
  for (let id = 1; id <= 12_000; id++) peers.remember([new Api.User({ id: bigInt(id), accessHash: bigInt(id) })])
  const hashOf = (id: number) => (peers.input(String(id) as ChatId) as Api.InputPeerUser).accessHash.toString()
  t.equal(hashOf(12_000), '12000')
  t.equal(hashOf(1), '0')
})

t.test('only channels are addressed as channels', async t => {
  t.equal(createPeers().inputChannel('-1000000000001' as ChatId).channelId.toString(), '1')
  t.throws(() => createPeers().inputChannel('5' as ChatId), { message: '5 is not a channel' })
})
