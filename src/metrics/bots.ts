import { Counter, Gauge, Histogram } from 'prom-client'
import type { Registry } from 'prom-client'
import type { Batch, BotId, BotReport } from '../media.js'
import { dcLabel } from './labels.js'

/** In seconds: from what is usual to what a day's outage leaves. */
const lagBuckets = [1, 2, 5, 10, 30, 60, 300, 1800, 3600, 21_600, 86_400]

/** Counts what happens between the bots and Telegram. The functions go to whom they concern. */
export function measureBots (registry: Registry, now: () => number = Date.now) {
  const registers = [registry]
  const waits = new Counter({ name: 'teleferry_flood_waits_total', help: 'Answers by which Telegram asked a bot to wait', labelNames: ['bot', 'dc'], registers })
  const seconds = new Counter({ name: 'teleferry_flood_wait_seconds_total', help: 'How long those waits are together', labelNames: ['bot', 'dc'], registers })
  const renewals = new Counter({ name: 'teleferry_reference_refreshes_total', help: 'File references that a bot renewed, or could not renew', labelNames: ['bot', 'outcome'], registers })
  const lag = new Histogram({ name: 'teleferry_update_lag_seconds', help: 'From the sending of a message to its being stored', labelNames: ['bot'], buckets: lagBuckets, registers })

  return {
    onFlood: (bot: BotId, dcId: number, waitSeconds: number) => {
      const labels = { bot, dc: dcLabel(dcId) }
      waits.inc(labels)
      seconds.inc(labels, waitSeconds)
    },
    onRenewal: (bot: BotId, succeeded: boolean) => renewals.inc({ bot, outcome: succeeded ? 'renewed' : 'failed' }),
    onStored: (batches: readonly Batch[]) => {
      for (const { botId, messages } of batches) {
        // What was edited or written before the bot came is dated otherwise. Telegram counts whole seconds, by its own clock.
        for (const { kind, date } of messages) if (kind === 'new') lag.observe({ bot: botId }, Math.max(now() / 1000 - date, 0))
      }
    }
  }
}

const states = ['connecting', 'online', 'resting', 're-authorising', 'gone'] as const satisfies ReadonlyArray<BotReport['state']>

/** Shows how the bots are when somebody looks. */
export function showBots (registry: Registry, reports: () => readonly BotReport[]): void {
  const registers: Registry[] = []
  registry.registerMetric(new Gauge({
    name: 'teleferry_bot_state',
    help: 'How a bot fares: 1 for the state it is in',
    labelNames: ['bot', 'state'],
    registers,
    collect () {
      for (const report of reports()) for (const state of states) this.set({ bot: report.botId, state }, report.state === state ? 1 : 0)
    }
  }))
  registry.registerMetric(new Gauge({
    name: 'teleferry_bot_info',
    help: 'Always 1: which user name a bot has',
    labelNames: ['bot', 'username'],
    registers,
    collect () {
      this.reset()
      for (const { botId, username } of reports()) if (username !== null) this.set({ bot: botId, username }, 1)
    }
  }))
}
