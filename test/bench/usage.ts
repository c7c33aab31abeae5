import { spawn } from 'node:child_process'
import t from 'tap'
import { cpuSecondsIn, readUsage, rssBytesIn } from '../../bench/measure/usage.js'

t.test('user and system time are found behind a program name with spaces and parentheses', async t => {
  t.equal(cpuSecondsIn('4711 (no (de) js) S 1 2 3 0 -1 4194560 100 0 0 0 1250 50 0 0 20 0 11 0 100 200 300'), 13)
})

t.test('the resident size is told in bytes', async t => {
  t.equal(rssBytesIn('Name:\tnode\nVmHWM:\t  90000 kB\nVmRSS:\t   52000 kB\nThreads:\t11\n'), 52_000 * 1024)
})

t.test('another process that works uses processor time and memory', async t => {
  const child = spawn(process.execPath, ['-e', 'const end = process.cpuUsage().user + 300000; while (process.cpuUsage().user < end); console.log("done"); setInterval(() => {}, 1000)'])
  t.teardown(() => child.kill())
  await new Promise(resolve => child.stdout.once('data', resolve))
  const { cpuSeconds, rssBytes } = await readUsage(child.pid ?? 0, async () => ({ cpuSeconds: 0.3, rssBytes: 2e7 }))
  t.ok(cpuSeconds >= 0.29, `${cpuSeconds} s`)
  t.ok(rssBytes > 1e7, `${rssBytes} bytes`)
})
