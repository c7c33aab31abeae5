import { createHash, createPublicKey } from 'node:crypto'
import bigInt from 'big-integer'
import { Api, Logger, TelegramClient } from 'telegram'
import { _serverKeys } from 'telegram/crypto/RSA.js'
import { LogLevel } from 'telegram/extensions/Logger.js'
import { ConnectionTCPFull } from 'telegram/network/index.js'
import { StringSession } from 'telegram/sessions/index.js'
import { serializeBytes } from 'telegram/tl/index.js'
import type { SandboxFacts } from '../stage/sandbox-process.js'

/** A GramJS client as it is installed, logged in to the sandbox with `token`. Only the addresses are not its own. */
export async function logIn (sandbox: SandboxFacts, token: string): Promise<TelegramClient> {
  trustKey(sandbox.publicKeyPem)
  const session = new StringSession('')
  session.setDC(Number.parseInt(sandbox.server), '127.0.0.1', 443)
  const client = new TelegramClient(session, sandbox.apiId, sandbox.apiHash, {
    connection: connectionTo(sandbox),
    connectionRetries: 3,
    baseLogger: new Logger(LogLevel.NONE)
  })
  await client.connect()
  await client.invoke(new Api.auth.ImportBotAuthorization({ flags: 0, apiId: sandbox.apiId, apiHash: sandbox.apiHash, botAuthToken: token }))
  return client
}

/** GramJS knows no ports: the data centre's number leads to the right one. */
function connectionTo ({ dcs }: SandboxFacts): typeof ConnectionTCPFull {
  return class extends ConnectionTCPFull {
    constructor (options: ConstructorParameters<typeof ConnectionTCPFull>[0]) {
      const dc = dcs.find(({ id }) => id === options.dcId)
      if (dc === undefined) throw new Error(`there is no data centre ${options.dcId}`)
      super({ ...options, ip: dc.host, port: dc.port })
    }
  }
}

/** Adds the sandbox's RSA key to those that GramJS knows, under the fingerprint that MTProto gives it. */
function trustKey (pem: string): void {
  const { n, e } = createPublicKey(pem).export({ format: 'jwk' })
  const [modulus, exponent] = [Buffer.from(n ?? '', 'base64url'), Buffer.from(e ?? '', 'base64url')]
  const hash = createHash('sha1').update(serializeBytes(modulus)).update(serializeBytes(exponent)).digest()
  _serverKeys.set(hash.readBigInt64LE(12).toString(), { n: bigInt(modulus.toString('hex'), 16), e: exponent.readUIntBE(0, exponent.length) })
}
