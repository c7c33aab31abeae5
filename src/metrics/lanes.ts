import { Counter, Gauge, Histogram } from 'prom-client'
import type { Registry } from 'prom-client'
import type { LaneReport } from '../streaming/lane.js'
import type { EngineObserver, LaneObserver } from '../streaming/observer.js'
import { failureOf, partsOf } from './labels.js'

const labelNames = ['bot', 'dc'] as const

/** In seconds. Telegram answers within a tenth of a second or so; after 15 s a connection is given up. */
const chunkBuckets = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** In seconds. After 25 s a viewer is told to come again. */
const firstByteBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25]

/** Counts what the streams do, by the bot and the data centre over which they do it. */
export function measureStreams (registry: Registry): EngineObserver {
  const options = { labelNames, registers: [registry] }
  const received = new Counter({ ...options, name: 'teleferry_received_bytes_total', help: 'Bytes of chunks that came from Telegram' })
  const chunks = new Histogram({ ...options, name: 'teleferry_chunk_seconds', help: 'From asking Telegram for a chunk to its arrival', buckets: chunkBuckets })
  const firstBytes = new Histogram({ ...options, name: 'teleferry_first_byte_seconds', help: 'From the opening of a stream to its first chunk', buckets: firstByteBuckets })
  const failures = new Counter({ ...options, labelNames: [...labelNames, 'code'], name: 'teleferry_chunk_failures_total', help: 'Requests for chunks that failed' })
  const fallbacks = new Counter({ ...options, name: 'teleferry_fallbacks_total', help: 'Chunks that failed on another way and were given by this one' })
  const hedges = new Counter({ ...options, name: 'teleferry_hedges_total', help: 'Chunks asked for a second time, here, because they were overdue on another way' })
  const sent = new Counter({ name: 'teleferry_sent_bytes_total', help: 'Bytes of files that went to viewers', registers: [registry] })

  // What counts one lane is looked up once: chunks come by the hundred in a second.
  function lane (name: string): LaneObserver {
    const labels = partsOf(name)
    const [bytesIn, chunk, firstByte, fallback, hedge] = [received.labels(labels), chunks.labels(labels), firstBytes.labels(labels), fallbacks.labels(labels), hedges.labels(labels)]
    for (const counter of [bytesIn, fallback, hedge]) counter.inc(0)
    return {
      fetched: (bytes, ms) => {
        bytesIn.inc(bytes)
        chunk.observe(ms / 1000)
      },
      failed: error => failures.inc({ ...labels, code: failureOf(error) }),
      stoodIn: () => fallback.inc(),
      hedged: () => hedge.inc(),
      firstByte: ms => firstByte.observe(ms / 1000)
    }
  }

  return { lane, delivered: bytes => sent.inc(bytes) }
}

const states = ['ready', 'resting', 'recovering', 'gone'] as const satisfies ReadonlyArray<LaneReport['state']>

/** Shows how the lanes are when somebody looks. */
export function showLanes (registry: Registry, reports: () => ReadonlyArray<LaneReport & { readonly lane: string }>): void {
  const options = { labelNames, registers: [] }
  const show = (name: string, help: string, value: (report: LaneReport) => number) => registry.registerMetric(new Gauge({
    ...options,
    name,
    help,
    collect () {
      this.reset()
      for (const report of reports()) if (Number.isFinite(value(report))) this.set(partsOf(report.lane), value(report))
    }
  }))
  show('teleferry_lane_window_bytes', 'What a bot may have under way from a data centre', ({ windowBytes }) => windowBytes)
  show('teleferry_lane_in_flight_bytes', 'What a bot has under way from a data centre', ({ inFlightBytes }) => inFlightBytes)
  show('teleferry_lane_bytes_per_second', 'The speed that was measured', ({ bytesPerSecond }) => bytesPerSecond)
  show('teleferry_lane_requests_per_second', 'The pace that Telegram bears; absent where it never complained', ({ perSecond }) => perSecond)
  registry.registerMetric(new Gauge({
    ...options,
    labelNames: [...labelNames, 'state'],
    name: 'teleferry_lane_state',
    help: 'How a bot fares at a data centre: 1 for the state it is in',
    collect () {
      this.reset()
      for (const report of reports()) for (const state of states) this.set({ ...partsOf(report.lane), state }, report.state === state ? 1 : 0)
    }
  }))
}
