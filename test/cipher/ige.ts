import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import { IGE } from 'telegram/crypto/IGE.js'
import t from 'tap'
import { chooseCipher, cipherName, igeDecrypt, igeDecryptInto, igeEncrypt, igeEncryptInto, igeOpen } from '../../src/cipher/ige.js'
import { knownAnswer, loadNative, passes } from '../../src/cipher/native.js'
import { createWasm } from '../../src/cipher/wasm.js'

const seed = process.env['TEST_SEED'] ?? randomBytes(16).toString('hex')
t.comment(`TEST_SEED=${seed}`)

const stream = createCipheriv('aes-128-ctr', Buffer.from(seed, 'hex'), Buffer.alloc(16))
const random = (length: number) => stream.update(Buffer.alloc(length))

const native = loadNative()
const ciphers = [['wasm', createWasm()], ['native', native]] as const
const noAddon = native === null && 'no addon was built here: node native/build.mjs'

for (const [name, ige] of ciphers) {
  t.test(`${name}: it computes what GramJS does, at every length up to 64 blocks, also in place`, { skip: ige === null && noAddon }, async t => {
    const wrong: string[] = []
    const check = (blocks: number, what: string, got: Buffer, expected: Buffer) => { if (!got.equals(expected)) wrong.push(`${what}, ${blocks} blocks`) }
    for (let blocks = 0; blocks <= 64; blocks++) {
      const [plain, key, iv] = [random(16 * blocks), random(32), random(32)]
      const sealed = new IGE(key, iv).encryptIge(plain)
      const [apart, inPlace] = [Buffer.alloc(plain.length), Buffer.from(plain)]
      ige?.(true, apart, plain, key, iv)
      check(blocks, 'encrypted', apart, sealed)
      ige?.(true, inPlace, inPlace, key, iv)
      check(blocks, 'encrypted in place', inPlace, sealed)
      ige?.(false, apart, sealed, key, iv)
      check(blocks, 'decrypted', apart, plain)
      ige?.(false, inPlace, inPlace, key, iv)
      check(blocks, 'decrypted in place', inPlace, plain)
    }
    t.same(wrong, [])
  })

  t.test(`${name}: it computes what GramJS does around every multiple of 64 KiB up to 256 KiB, wherever the memory begins`, { skip: ige === null && noAddon }, async t => {
    const wrong: number[] = []
    for (const length of [1, 2, 3, 4].flatMap(n => [-16, 0, 16].map(more => n * 65_536 + more))) {
      const [plain, key, iv] = [random(length), random(32), random(32)]
      const sealed = new IGE(key, iv).encryptIge(plain)
      const data = Buffer.alloc(length + 40).subarray(24 + length % 7)
      const body = data.subarray(0, length)
      body.set(sealed)
      ige?.(false, body, body, key, iv)
      const opened = Buffer.from(body)
      ige?.(true, body, body, key, iv)
      if (!opened.equals(plain) || !body.equals(sealed)) wrong.push(length)
    }
    t.same(wrong, [])
  })

  t.test(`${name}: opening is decrypting in place, and the SHA-256 of the head and of what came out, in whatever thread`, { skip: ige === null && noAddon }, async t => {
    chooseCipher(name === 'native' ? 'auto' : 'wasm')
    const lengths = [0, 16, 16_384 - 16, 16_384, 16_384 + 16, 65_536 + 32, 1_048_576 + 48]
    // All at once: each keeps its memory, whatever is collected meanwhile.
    const wrong = await Promise.all([...lengths, ...lengths].map(async length => {
      const [plain, key, iv, head] = [random(length), random(32), random(32), random(length % 100)]
      const data = Buffer.alloc(length + 24).subarray(24)
      data.set(igeEncrypt(plain, key, iv))
      const digest = await igeOpen(data, key, iv, head)
      return data.equals(plain) && digest.equals(createHash('sha256').update(head).update(plain).digest()) ? [] : [length]
    }))
    t.same(wrong.flat(), [])
  })

  t.test(`${name}: it passes the test that an addon must pass`, { skip: ige === null && noAddon }, async t => {
    t.ok(passes(ige ?? (() => {})))
  })
}

t.test('an addon that computes something else is not used', async t => {
  const wasm = createWasm()
  t.notOk(passes(() => {}), 'nothing')
  t.notOk(passes((encrypt, target, source, key, iv) => wasm(!encrypt, target, source, key, iv)), 'the other way round')
  t.notOk(passes((_encrypt, target, source, key, iv) => wasm(true, target, source, key, iv)), 'one way only')
})

t.test('what an addon must compute is what GramJS does', async t => {
  const { key, iv, plain, sealed } = knownAnswer
  t.same(new IGE(key, iv).encryptIge(plain), sealed)
})

t.test('WebAssembly can be chosen, and the fastest one is what there is otherwise', async t => {
  const [data, key, iv] = [random(4096), random(32), random(32)]
  t.equal(chooseCipher('wasm'), 'wasm')
  t.equal(cipherName(), 'wasm')
  const sealed = igeEncrypt(data, key, iv)
  t.equal(chooseCipher('auto'), native === null ? 'wasm' : 'native')
  t.equal(cipherName(), native === null ? 'wasm' : 'native')
  t.same(igeEncrypt(data, key, iv), sealed)
  t.ok(data.equals(igeDecrypt(sealed, key, iv)))
})

t.test('more than a mebibyte comes back as it was', async t => {
  const [data, key, iv] = [random(3 * 1024 * 1024 + 16), random(32), random(32)]
  const encrypted = igeEncrypt(data, key, iv)
  t.notOk(data.equals(encrypted))
  t.ok(data.equals(igeDecrypt(encrypted, key, iv)))
})

t.test('an addon refuses to open what it cannot', { skip: native?.open === undefined && noAddon }, async t => {
  const refuses = (data: Uint8Array, key: Uint8Array, iv: Uint8Array) => t.throws(() => native?.open?.(data, key, iv, random(32), () => {}), /open takes whole blocks of 16 bytes/)
  refuses(random(20_001), random(32), random(32))
  refuses(random(32_768), random(31), random(32))
  refuses(random(32_768), random(32), random(16))
})

t.test('a wrong length is refused by name', async t => {
  t.throws(() => igeEncrypt(random(15), random(32), random(32)), /whole blocks of 16 bytes, not on 15/)
  t.throws(() => igeDecrypt(random(16), random(31), random(32)), /key has 32 bytes, not 31/)
  t.throws(() => igeDecrypt(random(16), random(32), random(16)), /vector has 32 bytes, not 16/)
  t.throws(() => igeEncryptInto(random(16), random(32), random(32), random(32)), /target has 16 bytes instead of 32/)
  t.throws(() => igeDecryptInto(random(48), random(32), random(32), random(32)), /target has 48 bytes instead of 32/)
})
