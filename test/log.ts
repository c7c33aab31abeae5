import t from 'tap'
import { Api } from 'telegram'
import { RPCError } from 'telegram/errors/index.js'
import { createLog } from '../src/log.js'

const token = `123456789:${'A'.repeat(35)}`

/** What the log writes. */
function logged (say: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = []
  say(createLog('trace', { write: line => { lines.push(line) } }))
  return lines.join('')
}

t.test('an error shows what it is and whence it comes, and not the request that it carries', async t => {
  const request = new Api.messages.SendMessage({ peer: new Api.InputPeerSelf(), message: 'a private text' })
  const line = logged(log => log.warn({ err: new Error('not sent', { cause: new RPCError('CHAT_WRITE_FORBIDDEN', request, 403) }) }, 'failed'))
  t.match(JSON.parse(line), { msg: 'failed', err: { type: 'Error', message: /not sent/, stack: /CHAT_WRITE_FORBIDDEN[^]*test\/log/ } })
  t.notMatch(logged(log => log.warn({ err: new RPCError('CHAT_WRITE_FORBIDDEN', request, 403) }, 'failed')), 'a private text')
  t.match(JSON.parse(logged(log => log.warn({ err: Object.assign(new Error('x'), { code: 'ECONNREFUSED', password: 'p' }) }, 'y'))).err, { code: 'ECONNREFUSED' })
})

t.test('tokens, passwords and signatures are hidden wherever they stand', async t => {
  const cases: Array<[string, string]> = [
    [token, token.slice(10)],
    [`the token ${token} is wrong`, token.slice(10)],
    ['postgres://user:pass%20word@host:5432/name', 'pass%20word'],
    ['redis://:hunter2@host', 'hunter2'],
    ['/download/AgAD?sig=abcdef&exp=1', 'abcdef']
  ]
  for (const [text, secret] of cases) {
    for (const line of [logged(log => log.info(text)), logged(log => log.info({ some: { thing: [text] } }, 'x')), logged(log => log.error({ err: new Error(text) }, 'x')), logged(log => log.child({ text }).info('x'))]) {
      t.notMatch(line, secret)
      t.doesNotThrow(() => JSON.parse(line))
    }
  }
  t.match(logged(log => log.info({ token: 'x', config: { apiHash: 'y' } }, 'z')), /"token":"\[hidden\]".*"apiHash":"\[hidden\]"/)
})

t.test('what is no secret stays', async t => {
  for (const text of ['http://127.0.0.1:8080/download/AgAD', '2026-11-21T13:40:00.000Z', 'bot 123456789: online', '::ffff:127.0.0.1']) t.ok(logged(log => log.info(text)).includes(text), text)
})
