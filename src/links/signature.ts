import { createHmac, timingSafeEqual } from 'node:crypto'
import type { MediaId } from '../media.js'

/** What a signature covers. `expires`: seconds since 1970 as the link writes them, '' for a link that does not expire. */
export interface Signed {
  readonly id: MediaId
  readonly expires: string
  /** The file's link generation: raising it ends all links made before. */
  readonly generation: number
}

/** The signature of a link: HMAC-SHA-256 in base64url. No part of what is signed can contain the dot that separates them. */
export function signatureOf ({ id, expires, generation }: Signed, secret: string): string {
  return createHmac('sha256', secret).update(`${id}.${expires}.${generation}`).digest('base64url')
}

/** Whether `signature` is the one, in a time that does not tell how much of it is right. */
export function isSignatureOf (signed: Signed, signature: string, secret: string): boolean {
  const [expected, given] = [Buffer.from(signatureOf(signed, secret)), Buffer.from(signature)]
  return given.length === expected.length && timingSafeEqual(given, expected)
}
