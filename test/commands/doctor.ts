import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { examineBot, examineStorage, noServer, noTelegram, serverElsewhere } from '../../src/commands/doctor/bots.js'
import { examineClock, unreachableTelegram } from '../../src/commands/doctor/clock.js'
import { bad, good, toText } from '../../src/commands/doctor/finding.js'
import { examinePublicUrl } from '../../src/commands/doctor/public-url.js'
import { examineServer, isTaken } from '../../src/commands/doctor/server.js'
import { findFreePort } from '../../src/free-port.js'
import { bot } from '../fixtures/messages.js'

const kinds = (findings: ReadonlyArray<{ readonly kind: string }>) => findings.map(({ kind }) => kind)
const answer = { status: 200, body: 'ok' }

t.test('addresses that others cannot reach, or that Telegram takes no buttons with, are told', async t => {
  const cases: Array<[string, string]> = [
    ['https://files.example.org', 'good'], ['https://files.example.org/teleferry', 'good'], ['http://203.0.113.5:8080', 'good'], ['http://[2001:db8::1]:8080', 'good'],
    ['http://localhost:8080', 'doubtful'], ['http://127.0.0.1', 'doubtful'], ['http://[::1]:8080', 'doubtful'], ['http://media-box:8080', 'doubtful'],
    ['http://192.168.1.7:8080', 'doubtful'], ['http://10.0.0.1', 'doubtful'], ['http://172.16.0.1', 'doubtful'], ['http://172.32.0.1', 'good'], ['http://[fd00::1]', 'doubtful']
  ]
  for (const [url, kind] of cases) t.same(kinds(examinePublicUrl(url, null)), [kind], url)
})

t.test('where the public address leads elsewhere or nowhere, it is told what to check', async t => {
  const url = 'https://files.example.org'
  t.same(kinds(examinePublicUrl(url, answer)), ['good', 'good'])
  t.match(examinePublicUrl(url, { status: 200, body: '<html>' })[1], { kind: 'bad', says: /something else than Teleferry/, remedy: /port/ })
  t.match(examinePublicUrl(url, { status: 502, body: 'ok' })[1], { kind: 'bad', says: /502/ })
  t.match(examinePublicUrl('http://files.example.org', { status: 301, body: '' })[1], { kind: 'bad', says: /sends on to another address \(301\)/, remedy: /https/ })
  t.match(examinePublicUrl(url, { reason: 'connect ECONNREFUSED' })[1], { kind: 'bad', says: /ECONNREFUSED/, remedy: /host, port and https/ })
})

t.test('a clock may be off by half a minute', async t => {
  for (const seconds of [0, 30, -30, 30.4]) t.equal(examineClock(seconds).kind, 'good')
  t.match(examineClock(31), { kind: 'doubtful', says: /31 s behind/ })
  t.match(examineClock(-3600), { kind: 'doubtful', says: /3600 s ahead of/, remedy: /NTP/ })
})

t.test('a bot is good only when it is online, and what to do follows from its state', async t => {
  t.equal(examineBot(0, bot(7), { username: 'ferry_bot', state: 'online' }).kind, 'good')
  t.match(examineBot(0, bot(7), noServer), { kind: 'unknown', about: 'bot 1 (7)', says: 'not looked at, since no server runs', remedy: /: node dist\/cli\.js doctor --login$/ })
  t.match(examineBot(0, bot(7), noTelegram), { kind: 'unknown', says: 'not looked at, since Telegram cannot be reached' })
  const connecting = { username: null, state: 'connecting' }
  t.match(examineBot(0, bot(7), connecting), { remedy: /server's log/ })
  t.notMatch(examineBot(0, bot(7), connecting, false), { remedy: /log/ }, 'where no server runs there is no log')
  t.match(examineBot(0, bot(7), { username: null, state: 'gone', reason: 'ACCESS_TOKEN_INVALID' }), { kind: 'bad', about: 'bot 1 (7)', remedy: /@BotFather/ })
  t.match(examineBot(1, bot(7), { username: 'ferry_bot', state: 'resting', reason: 'wait', until: '2026-01-01' }), { kind: 'doubtful', about: 'bot 2 (@ferry_bot)', says: /until 2026/, remedy: /Do not restart/ })
  for (const state of ['connecting', 're-authorising', 'whatever comes']) t.equal(examineBot(0, bot(7), { username: null, state }).kind, 'doubtful')
})

t.test('rights in the storage chat are told with their remedy, and when they were seen', async t => {
  t.match(examineStorage(0, bot(7), null, new Date(0)), { kind: 'good', says: /1970/ })
  t.match(examineStorage(0, bot(7), 'it is not in the chat -100: add the bot there', null), { kind: 'bad', says: 'it is not in the chat -100', remedy: 'add the bot there' })
  t.match(examineStorage(0, bot(7), serverElsewhere, null), { kind: 'unknown', says: 'not looked at, since the server runs elsewhere' })
})

t.test('a Telegram that cannot be reached is told as the one that was meant', async t => {
  t.match(unreachableTelegram('ECONNREFUSED', false), { about: 'Telegram', remedy: /data centres \(port 443\)/ })
  t.match(unreachableTelegram('ECONNREFUSED', true), { about: 'TELEGRAM_SERVER', remedy: /^check its host and port/ })
})

t.test('a port that another program has is told from one that nobody has', async t => {
  const look = { address: 'http://localhost:8080', answers: false, isTaken: false, processes: 0 }
  t.match(examineServer({ ...look, answers: true, isTaken: true }), { kind: 'good' })
  t.match(examineServer({ ...look, isTaken: true }), { kind: 'bad', says: /another program has that port/, remedy: /another PORT/ })
  t.match(examineServer(look), { kind: 'doubtful', remedy: /npm start .*docker compose up/ })
  t.match(examineServer({ ...look, processes: 2 }), { kind: 'doubtful', says: /2 on other machines/, remedy: /where the server runs/ })

  const port = await findFreePort()
  t.equal(await isTaken(`http://127.0.0.1:${port}`), false)
  const foreign = createServer(socket => socket.on('error', () => {}).end('SSH-2.0\r\n')).listen(port, '127.0.0.1')
  await once(foreign, 'listening')
  t.teardown(() => foreign.close())
  t.equal(await isTaken(`http://127.0.0.1:${port}`), true)
})

t.test('a finding is a line, with the remedy below where there is one', async t => {
  t.equal(toText(good('clock', 'is right')), '✓ clock: is right')
  t.equal(toText(bad('clock', 'is wrong', 'set it')), '✗ clock: is wrong\n    → set it')
})
