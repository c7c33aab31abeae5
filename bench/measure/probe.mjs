// Loaded into the server with --import: answers over IPC what only the process itself knows. The server's own code
// does not know of it.
import { subscribe } from 'node:diagnostics_channel'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'
import './addons.mjs'

const resolutionMs = 10

if (isMainThread && process.send !== undefined) listen()

function listen () {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  delay.enable()
  const sent = { responses: 0, bytes: 0 }
  countSent(sent)
  const commands = {
    usage: () => ({ cpuSeconds: seconds(process.cpuUsage()), rssBytes: process.memoryUsage.rss() }),
    resetDelay: () => delay.reset(),
    delay: () => ({ p99Ms: lateness(delay.percentile(99)), maxMs: lateness(delay.max) }),
    sent: () => ({ ...sent }),
    addons: () => [...globalThis[Symbol.for('teleferry.bench.addons')]]
  }
  process.on('message', ({ id, name }) => process.send({ id, value: commands[name]() }))
  // Whoever measures may be gone without a word.
  process.on('disconnect', () => process.exit())
  process.channel.unref()
  process.send({ ready: true })
}

/** Counts what was written to the sockets of responses that are over. */
function countSent (sent) {
  subscribe('http.server.request.start', ({ response, socket }) => {
    const before = socket.bytesWritten
    response.once('close', () => {
      sent.responses++
      sent.bytes += (socket.bytesWritten ?? before) - before
    })
  })
}

/** The histogram holds the whole interval between two looks, in nanoseconds. */
function lateness (nanoseconds) {
  return Math.max(0, nanoseconds / 1e6 - resolutionMs)
}

function seconds ({ user, system }) {
  return (user + system) / 1e6
}
