import type { Config } from '../config.js'
import { createMetricsServer } from '../http/metrics-server.js'
import type { Log } from '../log.js'
import { createMetrics } from '../metrics/metrics.js'
import type { Metrics } from '../metrics/metrics.js'
import type { Closing } from './closing.js'
import { listenAt } from './listen.js'

/** Whoever has no token may be given a port of its own, from the beginning to the end: nobody must reach it who may not read. */
export async function openMetrics ({ http: { host, metricsPort: port, adminToken } }: Config, log: Log, closing: Closing): Promise<Metrics> {
  const metrics = createMetrics({ isRead: adminToken !== null || port !== null })
  if (port === null) return metrics
  const server = createMetricsServer(metrics.page, log)
  closing.push({ name: 'the server of the metrics', withinMs: 500, end: () => server.close() })
  await listenAt({ host, port, variable: 'METRICS_PORT' }, () => server.listen({ host, port, listenTextResolver: address => `the metrics are at ${address}/metrics` }))
  return metrics
}
