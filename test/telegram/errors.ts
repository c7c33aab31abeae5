import t from 'tap'
import { Api } from 'telegram'
import { RPCMessageToError } from 'telegram/errors/index.js'
import { meaningOf } from '../../src/telegram/errors.js'
import { CallTimedOut } from '../../src/telegram/link.js'
import { ConnectionLost } from '../../src/telegram/transport.js'

/** The error that GramJS throws when Telegram answers so. */
const thrown = (code: number, message: string) => RPCMessageToError(new Api.RpcError({ errorCode: code, errorMessage: message }), new Api.help.GetConfig())

t.test('what Telegram answers keeps its meaning through GramJS\'s classes', async t => {
  const table: ReadonlyArray<[number, string, object]> = [
    [420, 'FLOOD_WAIT_33', { kind: 'wait', seconds: 33 }],
    [420, 'FLOOD_PREMIUM_WAIT_7', { kind: 'wait', seconds: 7 }],
    [420, 'FLOOD_WAIT_0', { kind: 'wait', seconds: 1 }],
    [420, 'SLOWMODE_WAIT_10', { kind: 'wait', seconds: 10 }],
    [303, 'FILE_MIGRATE_4', { kind: 'migrate', dcId: 4 }],
    [303, 'USER_MIGRATE_2', { kind: 'migrate', dcId: 2 }],
    [400, 'FILE_REFERENCE_EXPIRED', { kind: 'reference' }],
    [400, 'FILE_REFERENCE_INVALID', { kind: 'reference' }],
    [400, 'FILE_REFERENCE_0_EXPIRED', { kind: 'reference' }],
    [401, 'AUTH_KEY_UNREGISTERED', { kind: 'logged-out' }],
    [401, 'SESSION_REVOKED', { kind: 'key-dead' }],
    [406, 'AUTH_KEY_DUPLICATED', { kind: 'key-dead' }],
    [401, 'USER_DEACTIVATED', { kind: 'refused', concerns: 'bot', reason: /BotFather/ }],
    [400, 'ACCESS_TOKEN_EXPIRED', { kind: 'refused', concerns: 'bot', reason: /BotFather/ }],
    [400, 'API_ID_INVALID', { kind: 'refused', concerns: 'all', reason: /my\.telegram\.org/ }],
    [400, 'API_ID_PUBLISHED_FLOOD', { kind: 'refused', concerns: 'all' }],
    [400, 'LOCATION_INVALID', { kind: 'no-access' }],
    [400, 'FILE_ID_INVALID', { kind: 'no-access' }],
    [406, 'CHANNEL_PRIVATE', { kind: 'no-access' }],
    [403, 'CHAT_WRITE_FORBIDDEN', { kind: 'no-access' }],
    [400, 'BUTTON_URL_INVALID', { kind: 'bad-button' }],
    [500, 'RANDOM_ID_DUPLICATE', { kind: 'duplicate' }],
    [400, 'OFFSET_INVALID', { kind: 'bad-request' }],
    [400, 'MESSAGE_TOO_LONG', { kind: 'bad-request' }],
    [500, 'RPC_CALL_FAIL', { kind: 'failed', reason: 'RPC_CALL_FAIL' }],
    [-503, 'Timeout', { kind: 'failed', reason: 'Timeout' }],
    [406, 'FILEREF_UPGRADE_NEEDED', { kind: 'failed' }],
    [999, 'SOMETHING_NEW', { kind: 'failed', reason: 'SOMETHING_NEW' }]
  ]
  for (const [code, message, meaning] of table) t.match(meaningOf(thrown(code, message)), meaning, message)
})

t.test('a lost connection says what its transport error means', async t => {
  t.match(meaningOf(new ConnectionLost('x', 404)), { kind: 'unknown-key' })
  t.match(meaningOf(new ConnectionLost('x', 429)), { kind: 'wait' })
  t.match(meaningOf(new ConnectionLost('cut')), { kind: 'failed', reason: 'cut' })
  t.match(meaningOf(new CallTimedOut('help.GetConfig', 5)), { kind: 'failed', reason: /help\.GetConfig within 5 ms/ })
})

t.test('GramJS rejects with strings and with nothing, too', async t => {
  t.match(meaningOf('Maximum reconnection retries reached'), { kind: 'failed', reason: /retries/ })
  t.match(meaningOf(undefined), { kind: 'failed' })
})
