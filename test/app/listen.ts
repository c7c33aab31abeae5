import { createServer } from 'node:net'
import type { Server } from 'node:net'
import t from 'tap'
import { listenAt } from '../../src/app/listen.js'
import { findFreePort } from '../../src/free-port.js'
import { explainFailure } from '../../src/start-failure.js'

/** Listens, or says what the owner reads. */
async function tell (server: Server, host: string, port: number, variable: 'PORT' | 'METRICS_PORT' = 'PORT'): Promise<string> {
  try {
    return await listenAt({ host, port, variable }, async () => await new Promise((resolve, reject) => {
      server.once('error', reject).listen(port, host, () => resolve('listens'))
    }))
  } catch (error) {
    return explainFailure(error)
  }
}

t.test('a port in use is told with another one', async t => {
  const port = await findFreePort()
  const first = createServer()
  t.teardown(() => first.close())
  t.equal(await tell(first, '127.0.0.1', port), 'listens')
  t.equal(await tell(createServer(), '127.0.0.1', port), `PORT: 127.0.0.1:${port} is in use by another program, or by another Teleferry; stop that one, or choose another port, such as PORT=${port + 1}`)
  t.match(await tell(createServer(), '127.0.0.1', port, 'METRICS_PORT'), new RegExp(`^METRICS_PORT: .*in use.*such as METRICS_PORT=${port + 1}$`))
})

t.test('a host that is not this machine\'s, or nobody\'s, is told by its name', async t => {
  t.equal(await tell(createServer(), '203.0.113.7', 18_080), 'HOST: this machine has no address 203.0.113.7; use one of its own, or HOST=0.0.0.0 for all')
  t.match(await tell(createServer(), 'nowhere.invalid', 18_080), /^HOST: nowhere\.invalid is no name or address that this machine can find \(E\w+\); use one of its own/)
})

t.test('a port that this user may not have is told', async t => {
  const refuse = async () => { throw Object.assign(new Error('listen EACCES'), { code: 'EACCES', syscall: 'listen' }) }
  await t.rejects(listenAt({ host: '0.0.0.0', port: 80, variable: 'PORT' }, refuse), { code: 'CANNOT_LISTEN', message: 'PORT: this user may not listen on 0.0.0.0:80; choose a port above 1023, such as PORT=8080' })
})

t.test('what has nothing to do with listening is left as it is', async t => {
  const unreadable = Object.assign(new Error('open EACCES'), { code: 'EACCES', syscall: 'open' })
  for (const error of [unreadable, new Error('a mistake')]) await t.rejects(listenAt({ host: '0.0.0.0', port: 80, variable: 'PORT' }, async () => { throw error }), error)
})
