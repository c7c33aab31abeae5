import { createCipheriv, randomBytes } from 'node:crypto'
import { IGE } from 'telegram/crypto/IGE.js'
import t from 'tap'
import { igeDecrypt, igeEncrypt, igeEncryptInto } from '../../src/cipher/ige.js'

const seed = process.env['TEST_SEED'] ?? randomBytes(16).toString('hex')
t.comment(`TEST_SEED=${seed}`)

const stream = createCipheriv('aes-128-ctr', Buffer.from(seed, 'hex'), Buffer.alloc(16))
const random = (length: number) => stream.update(Buffer.alloc(length))

t.test('it encrypts and decrypts as GramJS does, at every length up to 64 blocks', async t => {
  const wrong: number[] = []
  for (let blocks = 1; blocks <= 64; blocks++) {
    const [data, key, iv] = [random(16 * blocks), random(32), random(32)]
    const theirs = new IGE(key, iv).encryptIge(data)
    const ours = igeEncrypt(data, key, iv)
    if (!theirs.equals(ours) || !data.equals(igeDecrypt(theirs, key, iv))) wrong.push(blocks)
  }
  t.same(wrong, [])
})

t.test('more than a mebibyte comes back as it was', async t => {
  const [data, key, iv] = [random(3 * 1024 * 1024 + 16), random(32), random(32)]
  const encrypted = igeEncrypt(data, key, iv)
  t.notOk(data.equals(encrypted))
  t.ok(data.equals(igeDecrypt(encrypted, key, iv)))
})

t.test('parts are encrypted as the whole would be, wherever they are cut', async t => {
  const [data, key, iv] = [random(64), random(32), random(32)]
  const whole = igeEncrypt(data, key, iv)
  const wrong: number[] = []
  for (let cut = 0; cut <= 64; cut++) {
    const target = Buffer.alloc(64)
    igeEncryptInto(target, [data.subarray(0, cut), data.subarray(cut)], key, iv)
    if (!target.equals(whole)) wrong.push(cut)
  }
  t.same(wrong, [])
})

t.test('nothing gives nothing', async t => {
  t.same(igeEncrypt(Buffer.alloc(0), random(32), random(32)), Buffer.alloc(0))
})

t.test('a wrong length is refused by name', async t => {
  t.throws(() => igeEncrypt(random(15), random(32), random(32)), /whole blocks of 16 bytes, not on 15/)
  t.throws(() => igeDecrypt(random(16), random(31), random(32)), /key has 32 bytes, not 31/)
  t.throws(() => igeDecrypt(random(16), random(32), random(16)), /vector has 32 bytes, not 16/)
  t.throws(() => igeEncryptInto(random(16), [random(32)], random(32), random(32)), /target has 16 bytes instead of 32/)
})
