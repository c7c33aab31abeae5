import bigInt from 'big-integer'
import t from 'tap'
import { Api } from 'telegram'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { startTestSandbox } from '../fixtures/sandbox.js'
import { logIn } from './fixtures/client.js'

t.test('a real bot logs in, receives a film from a user, downloads it and answers with a link', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const user = sandbox.createUser({ firstName: 'Ada' })
  const { client, next } = await logIn(t, sandbox, bot)
  const content = syntheticContent('film', 3_000_000)

  const sent = user.sendTo(bot, { text: 'look', media: sandbox.file({ kind: 'video', content, name: 'film.mp4', dcId: 4 }) })
  const { message } = await next(Api.UpdateNewMessage)

  t.ok(message instanceof Api.Message && message.media instanceof Api.MessageMediaDocument && message.media.document instanceof Api.Document)
  if (!(message instanceof Api.Message && message.media instanceof Api.MessageMediaDocument && message.media.document instanceof Api.Document)) return
  const { id, accessHash, fileReference, dcId, size } = message.media.document
  t.equal(message.message, 'look')
  t.equal(Number(size), 3_000_000)
  const location = new Api.InputDocumentFileLocation({ id, accessHash, fileReference, thumbSize: '' })
  const answer = await client.invoke(new Api.upload.GetFile({ location, offset: bigInt(1024 * 1024), limit: 1024 * 1024 }), dcId)
  t.ok(answer instanceof Api.upload.File && answer.bytes.equals(content.read(1024 * 1024, 1024 * 1024)))

  const url = 'https://ferry.example/download/1'
  await client.invoke(new Api.messages.SendMessage({
    peer: new Api.InputPeerUser({ userId: bigInt(user.id), accessHash: bigInt(0) }),
    message: 'here it is',
    replyTo: new Api.InputReplyToMessage({ replyToMsgId: message.id }),
    replyMarkup: new Api.ReplyInlineMarkup({ rows: [new Api.KeyboardButtonRow({ buttons: [new Api.KeyboardButtonUrl({ text: 'Play', url })] })] }),
    randomId: bigInt(7)
  }))
  const reply = await sandbox.waitForReply(sent)

  t.equal(reply.text, 'here it is')
  t.same(reply.buttons, [{ kind: 'url', text: 'Play', url }])
  t.equal(reply.replyTo?.idFor(bot), message.id)
})
