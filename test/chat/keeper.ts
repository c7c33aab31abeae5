import t from 'tap'
import { createPressed } from '../../src/chat/presses.js'
import { commandContent } from '../../src/chat/commands.js'
import { actionData, readAction } from '../../src/chat/link.js'
import type { EditedMessage, MediaId, MessageContent, PressAnswer } from '../../src/media.js'
import { bot, chat, receivedMessage, seenMedia } from '../fixtures/messages.js'
import { testKeeper } from './fixtures/keeper.js'

const film = seenMedia()
const uploader = '42'
const owner = '7'
const stranger = '666'

function textOf (content: MessageContent | null | undefined): string {
  return (content?.text ?? []).map(part => typeof part === 'string' ? part : part.code).join('')
}

function buttonsOf (content: MessageContent | null | undefined): string[] {
  return (content?.buttons ?? []).flat().map(({ text }) => text)
}

t.test('who sent a file revokes its signed links and makes new ones; the new ones differ', async t => {
  const { keeper, add, files } = testKeeper({ signed: true })
  add(film, [uploader])
  const before = await keeper.describe(film.id, uploader)
  t.same(buttonsOf(before), ['Open', 'Watch', 'Revoke'])
  const revoked = await keeper.act('revoke', film.id, uploader, 'press 1')
  t.match(textOf(revoked.content), /Revoked: no link that was given out before works any more/)
  t.same(buttonsOf(revoked.content), ['New link'])
  t.match(files.get(film.id)?.link, { generation: 1, blocked: false })
  const after = await keeper.act('link', film.id, uploader, 'press 2')
  t.same(buttonsOf(after.content), ['Open', 'Watch', 'Revoke'])
  t.not(textOf(after.content), textOf(before))
})

t.test('the same press, told to another process, changes neither links nor message', async t => {
  const { keeper, add, files } = testKeeper({ signed: true })
  add(film, [uploader])
  await keeper.act('revoke', film.id, uploader, 'press 1')
  t.same(await keeper.act('revoke', film.id, uploader, 'press 1'), { said: 'Revoked.', isRefusal: false, content: null })
  t.equal(files.get(film.id)?.link.generation, 1)
})

t.test('without signatures revoking blocks the file, and only an owner unblocks it', async t => {
  const { keeper, add, files } = testKeeper({ owners: [owner] })
  add(film, [uploader])
  const revoked = await keeper.act('revoke', film.id, uploader, 'press 1')
  t.match(textOf(revoked.content), /Revoked: nobody can download the file any more/)
  t.same(buttonsOf(revoked.content), [])
  t.ok(files.get(film.id)?.link.blocked)
  t.match(await keeper.act('unblock', film.id, uploader, 'press 2'), { isRefusal: true, content: null })
  t.match(textOf(await keeper.describe(film.id, uploader)), /Revoked/, 'sent again it is still blocked')
  t.same(buttonsOf((await keeper.act('link', film.id, owner, 'press 3')).content), ['Unblock'])
  t.same(buttonsOf((await keeper.act('unblock', film.id, owner, 'press 4')).content), ['Open', 'Watch', 'Revoke'])
  t.notOk(files.get(film.id)?.link.blocked)
})

t.test('nobody blocks what others sent as well, or what was there before, but an owner does', async t => {
  for (const senders of [[uploader, '43'], ['0', uploader]]) {
    const { keeper, add, occasions } = testKeeper({ owners: [owner] })
    add(film, senders)
    t.same(buttonsOf(await keeper.describe(film.id, uploader)), ['Open', 'Watch'])
    t.match(await keeper.act('revoke', film.id, uploader, 'press 1'), { isRefusal: true, said: /Others have sent/ })
    t.same(occasions, [])
    t.match(await keeper.act('revoke', film.id, owner, 'press 2'), { isRefusal: false })
    t.same(occasions, ['press 2'])
  }
})

t.test('with signatures each of those who sent a file may end its links', async t => {
  const { keeper, add, files } = testKeeper({ signed: true })
  add(film, ['0', '43', uploader])
  t.match(await keeper.act('revoke', film.id, uploader, 'press 1'), { isRefusal: false })
  t.equal(files.get(film.id)?.link.generation, 1)
})

t.test('others are told the same for a file that is not theirs and for one that is not there', async t => {
  const { keeper, add, occasions } = testKeeper({ signed: true })
  add(film, [uploader])
  for (const action of ['revoke', 'link', 'unblock'] as const) {
    const theirs = await keeper.act(action, film.id, stranger, 'press 1')
    t.same(theirs, await keeper.act(action, 'nothing' as MediaId, stranger, 'press 1'))
    t.match(theirs, { isRefusal: true, said: /no file of yours/ })
  }
  t.same(occasions, [])
})

t.test('a reader without a name, as in a channel, gets no button to revoke', async t => {
  const { keeper, add } = testKeeper({ signed: true })
  add(film, ['0'])
  t.same(buttonsOf(await keeper.describe(film.id, null)), ['Open', 'Watch'])
})

t.test('links that expire say until when; only what is played has a page to watch', async t => {
  const { keeper, add } = testKeeper({ signed: true, ttlSeconds: 86_400 })
  add(film, [uploader])
  t.match(textOf(await keeper.describe(film.id, uploader)), /^film\.mp4\n1\.5 GB\nuntil 2026-11-22 12:00 UTC\n\nhttps:.*\?exp=1795348800&sig=[\w-]{43}$/)
  const paper = seenMedia({ id: 'paper' as MediaId, name: 'paper.pdf', mimeType: 'application/pdf' })
  add(paper, [uploader])
  t.same(buttonsOf(await keeper.describe(paper.id, uploader)), ['Open', 'Revoke'])
})

t.test('commands take a link of any kind or an id', async t => {
  const { keeper, add, occasions, links } = testKeeper({ signed: true })
  add(film, [uploader])
  const made = links.make(film, 0)
  const accepted = [`/revoke ${film.id}`, `/revoke@ferry_bot ${film.id}`, ...[made.download, made.watch, made.playlist].map(url => `/revoke ${url}`), `/revoke  https://other.example/x/watch/${film.id}/ `]
  for (const [index, text] of accepted.entries()) {
    t.match(textOf(await commandContent(receivedMessage({ text, media: null, messageId: index }), keeper)), /Revoked/, text)
  }
  t.same(occasions, accepted.map((_, index) => `message 42/${index}`))
  for (const text of ['/revoke', '/revoke a b', '/revoke https://files.example.org/', '/link ?', '/revoked', `/revoke ${'a'.repeat(65)}`]) {
    t.notMatch(textOf(await commandContent(receivedMessage({ text, media: null }), keeper)), /Revoked/, text)
  }
  t.match(textOf(await commandContent(receivedMessage({ text: `/link ${film.id}`, media: null }), keeper)), /sig=/)
  t.match(textOf(await commandContent(receivedMessage({ text: `/link ${film.id}`, media: null, senderId: stranger }), keeper)), /no file of yours/)
})

t.test('a press is answered and changes the message; a refused one leaves it', async t => {
  const { keeper, add } = testKeeper({ signed: true })
  add(film, [uploader])
  const answers: PressAnswer[] = []
  const edits: EditedMessage[] = []
  const pressed = createPressed({
    keeper,
    isAllowed: id => id !== '99',
    answerPress: async (_botId, _queryId, answer) => { answers.push(answer) },
    edit: async (_botId, message) => { edits.push(message) }
  })
  const press = async (userId: string, data = `revoke:${film.id}`) => await pressed(bot(1), { queryId: '5', chatId: chat('42'), messageId: 8, userId, data })
  await press(stranger)
  await press('99')
  await press(uploader, 'something else')
  t.match(answers, [{ alert: true, text: /no file of yours/ }, { alert: true, text: /not for you/ }, { alert: true, text: /not for you/ }])
  t.same(edits, [])
  await press(uploader)
  t.match(answers[3], { alert: false, text: 'Revoked.' })
  t.match(edits, [{ chatId: '42', messageId: 8, buttons: [[{ text: 'New link', data: `link:${film.id}` }]] }])
})

t.test('the data of buttons reads back, and nothing else does', async t => {
  for (const action of ['revoke', 'link', 'unblock'] as const) t.same(readAction(actionData(action, film.id)), { action, id: film.id })
  for (const data of ['', 'revoke', 'revoke:', 'delete:x', 'revoke:a b', `revoke:${'x'.repeat(65)}`]) t.equal(readAction(data), null, data)
})
