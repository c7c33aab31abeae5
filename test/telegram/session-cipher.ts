import t from 'tap'
import { openSession, sealSession } from '../../src/telegram/session-cipher.js'

const plain = Buffer.from('the keys of a bot')
const token = '123456:AAaaBBbbCCccDDddEEeeFFffGGggHHhhIIi'

t.test('what was sealed with a token opens with that token only', async t => {
  const sealed = sealSession(plain, token)
  t.same(Buffer.from(openSession(sealed, token) ?? []), plain)
  t.equal(openSession(sealed, `${token}x`), null)
})

t.test('neither the content nor the token can be seen, and no two seals are equal', async t => {
  const sealed = Buffer.from(sealSession(plain, token))
  t.notOk(sealed.includes(plain))
  t.notOk(sealed.includes(token))
  t.notSame(sealed, sealSession(plain, token))
})

t.test('a changed bit anywhere makes it unreadable, never something else', async t => {
  const sealed = Buffer.from(sealSession(plain, token))
  const read: number[] = []
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    if (openSession(changed, token) !== null) read.push(at)
  }
  t.same(read, [])
})

t.test('bytes that are no session are none', async t => {
  for (const length of [0, 1, 44, 45, 100]) t.equal(openSession(Buffer.alloc(length, 1), token), null, `${length} bytes`)
})
