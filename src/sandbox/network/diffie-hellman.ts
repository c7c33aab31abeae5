import { createDiffieHellman, randomBytes, type DiffieHellman } from 'node:crypto'

/** The prime that Telegram sends (core.telegram.org/mtproto/auth_key), safe and with 3 as a generator of its large subgroup. */
export const prime = Buffer.from(
  'c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f' +
  '48198a0aa7c14058229493d22530f4dbfa336f6e0ac925139543aed44cce7c37' +
  '20fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f64' +
  '2477fe96bb2a941d5bcd1d4ac8cc49880708fa9b378e3c4f3a9060bee67cf9a4' +
  'a4a695811051907e162753b56b0f6b410dba74d8a84b2a14b3144e0ef1284754' +
  'fd17ed950d5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4' +
  'e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850ce929851f' +
  '0d8115f635b105ee2e4e15d04b2454bf6f4fadf034b10403119cd8e3b92fcc5b', 'hex')

export const generator = 3

/** A fresh secret and the `g_a` that belongs to it, 256 bytes each. */
export function makeSecret (): { secret: Buffer, public: Buffer } {
  const secret = randomBytes(256)
  const group = loadGroup()
  group.setPrivateKey(secret)
  return { secret, public: padded(group.generateKeys()) }
}

/** `g_b ^ secret mod prime`, 256 bytes; `null` where `g_b` is not a number that a client may send. */
export function sharedKey (secret: Buffer, theirs: Buffer): Buffer | null {
  if (!isAcceptable(theirs)) return null
  const group = loadGroup()
  group.setPrivateKey(secret)
  return padded(group.computeSecret(theirs))
}

/** 2^(2048-64) ≤ g_b ≤ prime - 2^(2048-64): core.telegram.org/mtproto/security_guidelines. */
function isAcceptable (theirs: Buffer): boolean {
  const margin = 1n << 1984n
  const value = BigInt(`0x${theirs.toString('hex') || '0'}`)
  return value >= margin && value <= BigInt(`0x${prime.toString('hex')}`) - margin
}

function padded (value: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(256 - value.length), value])
}

// One for all, because OpenSSL takes 0.3 s to check the prime; secrets are set anew before each use.
let loaded: DiffieHellman | undefined

function loadGroup (): DiffieHellman {
  loaded ??= createDiffieHellman(prime, generator)
  return loaded
}
