import t from 'tap'
import { runChaos } from '../fixtures/chaos/chaos.js'
import { runSeed } from '../streaming/fixtures/random.js'

// A quarter of a minute with every run of the tests; CHAOS_MINUTES asks for more, CHAOS_SEED for one schedule again.
const seed = process.env['CHAOS_SEED']
const minutes = Number(process.env['CHAOS_MINUTES'] ?? (seed === undefined ? 0.25 : 0.01))

t.test('whatever happens to the bots, as long as one is left every viewer gets every byte, and nobody ever gets a wrong one', { timeout: (minutes + 2) * 60_000 }, async t => {
  const sum = await runChaos({ seed: seed === undefined ? runSeed() : Number(seed), minutes, say: line => t.comment(line) })
  t.comment(sum)
  t.ok(sum.bytes > 0)
})
