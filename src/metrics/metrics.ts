import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { PoolUse } from '../database/connect.js'
import type { Engine } from '../streaming/engine.js'
import type { EngineObserver } from '../streaming/observer.js'
import type { Fleet } from '../telegram/fleet.js'
import { measureBots, showBots } from './bots.js'
import { measureStreams, showLanes } from './lanes.js'

/** What is measured in this process, and whom that is told by. */
export interface Metrics extends ReturnType<typeof measureBots> {
  readonly streams: EngineObserver
  onPool (pool: PoolUse): void
  /** Adds what can be looked at, once it is there. */
  show (fleet: Pick<Fleet, 'reports' | 'waiting'>, engine: Pick<Engine, 'reports' | 'usage'>): void
  /** Everything, as Prometheus reads it. */
  page (): Promise<{ readonly contentType: string, readonly text: string }>
}

/**
 * Metrics at zero. Where nobody can read them (`isRead`), Node.js itself is not measured: that wakes an idle process a hundred times a second.
 */
export function createMetrics ({ isRead }: { readonly isRead: boolean }): Metrics {
  const registry = new Registry()
  if (isRead) collectDefaultMetrics({ register: registry })
  return {
    ...measureBots(registry),
    streams: measureStreams(registry),
    onPool: pool => showPool(registry, pool),
    show: (fleet, engine) => {
      showBots(registry, fleet.reports)
      showLanes(registry, engine.reports)
      showNumber(registry, 'teleferry_sightings_queue', 'Messages and batches that wait to be stored', fleet.waiting)
      showNumber(registry, 'teleferry_streams', 'Streams that are running', () => engine.usage().streams)
      showNumber(registry, 'teleferry_stream_memory_bytes', 'Bytes of chunks that are under way or waiting', () => engine.usage().heldBytes)
    },
    page: async () => ({ contentType: registry.contentType, text: await registry.metrics() })
  }
}

function showNumber (registry: Registry, name: string, help: string, look: () => number): void {
  registry.registerMetric(new Gauge({ name, help, registers: [], collect () { this.set(look()) } }))
}

function showPool (registry: Registry, pool: PoolUse): void {
  showNumber(registry, 'teleferry_database_waiting', 'Statements that wait for a connection to the database', () => pool.waitingCount)
  registry.registerMetric(new Gauge({
    name: 'teleferry_database_connections',
    help: 'Connections to the database, but the one for the leases',
    labelNames: ['state'],
    registers: [],
    collect () {
      this.set({ state: 'idle' }, pool.idleCount)
      this.set({ state: 'busy' }, pool.totalCount - pool.idleCount)
    }
  }))
}
