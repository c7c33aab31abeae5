import t from 'tap'
import { Api } from 'telegram'
import { addressesIn, createDirectory, type DcAddress } from '../../src/telegram/directory.js'

const server = { dcId: 2, host: '10.0.0.1', port: 4430 }
const address = (fields: Partial<DcAddress>): DcAddress => ({ dcId: 4, host: '10.0.0.4', port: 443, ipv6: false, mediaOnly: false, ...fields })

t.test('without a server it begins at Telegram\'s own', async t => {
  const directory = createDirectory()
  t.equal(directory.main(directory.firstDc).length, 1)
  t.same([1, 2, 3, 4, 5].map(dcId => directory.main(dcId).length), [1, 1, 1, 1, 1])
})

t.test('with a server it knows nothing else until that has spoken, and keeps its address first', async t => {
  const directory = createDirectory(server)
  t.same(directory.main(2), [server])
  t.same(directory.main(4), [])
  directory.learn([address({ dcId: 2, host: '10.0.0.2', port: 80 }), address({ port: 8443 })])
  t.same(directory.main(2), [server, { dcId: 2, host: '10.0.0.2', port: 80 }])
  t.same(directory.main(4), [{ dcId: 4, host: '10.0.0.4', port: 8443 }])
})

t.test('file-only addresses serve files only, and IPv6 serves where there is nothing else', async t => {
  const directory = createDirectory(server)
  directory.learn([address({ mediaOnly: true, port: 1 }), address({ port: 2 }), address({ ipv6: true, host: '::1', port: 3 }), address({ dcId: 5, ipv6: true, host: '::1' })])
  t.same(directory.main(4).map(({ port }) => port), [2])
  t.same(directory.mediaOnly(4).map(({ port }) => port), [1])
  t.same(directory.main(5).map(({ host }) => host), ['::1'])
})

t.test('what an earlier run knew gives way to what Telegram says now', async t => {
  const directory = createDirectory(server)
  directory.recall([address({ port: 1 })])
  t.same(directory.main(4).map(({ port }) => port), [1])
  directory.learn([address({ port: 2 })])
  directory.recall([address({ port: 1 })])
  directory.learn([])
  t.same(directory.main(4).map(({ port }) => port), [2])
})

t.test('addresses that were silent come last, the one that was so last behind the others', async t => {
  const directory = createDirectory(server)
  directory.learn([1, 2, 3].map(port => address({ port })))
  const order = () => directory.main(4).map(({ port }) => port)
  directory.noteSilence(address({ port: 1 }))
  t.same(order(), [2, 3, 1])
  directory.noteSilence(address({ port: 3 }))
  t.same(order(), [2, 1, 3])
  directory.noteSilence(address({ port: 1 }))
  directory.noteSilence(address({ port: 2 }))
  t.same(order(), [3, 1, 2])
})

t.test('of a configuration, only plain addresses are taken', async t => {
  const option = (fields: Partial<ConstructorParameters<typeof Api.DcOption>[0]>) => new Api.DcOption({ id: 2, ipAddress: '10.0.0.2', port: 443, ...fields })
  const options = [option({ cdn: true }), option({ tcpoOnly: true }), option({ secret: Buffer.from([1]) }), option({ port: 80, mediaOnly: true }), option({ port: 5222, thisPortOnly: true, static: true })]
  const config = Object.assign(Object.create(Api.Config.prototype), { dcOptions: options })
  t.same(addressesIn(config), [
    { dcId: 2, host: '10.0.0.2', port: 80, ipv6: false, mediaOnly: true }, { dcId: 2, host: '10.0.0.2', port: 5222, ipv6: false, mediaOnly: false }
  ])
})
