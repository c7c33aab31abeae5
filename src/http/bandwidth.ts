import { steadyClock } from '../steady-clock.js'
import { createTokenBucket } from './token-bucket.js'
import type { TokenBucket } from './token-bucket.js'

/** In bytes per second; 0: no cap. */
export interface BandwidthCaps {
  readonly streamBytesPerSecond: number
  readonly clientBytesPerSecond: number
}

type Chunks = AsyncIterable<Uint8Array>

/** What may be sent at once after a pause: players fill their first buffers with it. */
const burstSeconds = 0.5

/** Chunks are up to 1 MiB, so they are sent in slices: ten a second keep a slow stream flowing, and more than 64 KiB is no smoother. */
const slice = { perSecond: 10, least: 1024, most: 65_536 }

/** Slows chunks down to the caps, for each stream and for all streams of a client together. Without a cap they are left as they are. */
export function createBandwidth ({ streamBytesPerSecond, clientBytesPerSecond }: BandwidthCaps, clock = steadyClock) {
  const caps = [streamBytesPerSecond, clientBytesPerSecond].filter(cap => cap > 0)
  const sliceBytes = Math.round(Math.min(Math.max(Math.min(...caps) / slice.perSecond, slice.least), slice.most))
  const clients = new Map<string, TokenBucket>()

  function bucketOf (client: string, now: number): TokenBucket {
    const known = clients.get(client)
    if (known !== undefined) return known
    // A full one is like a new one, so who paused need not be remembered.
    for (const [name, bucket] of clients) if (bucket.isFull(now)) clients.delete(name)
    const bucket = createTokenBucket(clientBytesPerSecond, clientBytesPerSecond * burstSeconds)
    clients.set(client, bucket)
    return bucket
  }

  async function * paced (chunks: Chunks, client: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const own = streamBytesPerSecond > 0 ? createTokenBucket(streamBytesPerSecond, streamBytesPerSecond * burstSeconds) : null
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += sliceBytes) {
        const bytes = chunk.subarray(at, at + sliceBytes)
        const now = clock.now()
        const ms = Math.max(own?.take(bytes.length, now) ?? 0, clientBytesPerSecond > 0 ? bucketOf(client, now).take(bytes.length, now) : 0)
        if (ms > 0) await clock.sleep(ms, signal)
        yield bytes
      }
    }
  }

  return (chunks: Chunks, client: string, signal: AbortSignal): Chunks => caps.length === 0 ? chunks : paced(chunks, client, signal)
}
