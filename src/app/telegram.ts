import { readFile } from 'node:fs/promises'
import type { Config } from '../config.js'
import { ConfigError } from '../config/problems.js'

/** Which Telegram, as which application, with which bots. */
export async function telegramOptions ({ telegram: { server, publicKeyPath, apiId, apiHash }, bots, streaming }: Config) {
  return {
    apiId,
    apiHash,
    bots,
    connectionsPerDc: streaming.botConnections,
    ...server !== undefined && { server },
    ...publicKeyPath !== undefined && { publicKeyPem: await readPublicKey(publicKeyPath) }
  }
}

/** The text of the key's file. Throws ConfigError. */
export async function readPublicKey (path: string): Promise<string> {
  return await readFile(path, 'utf8').catch(error => {
    throw new ConfigError([{ variable: 'TELEGRAM_PUBLIC_KEY', wrong: `names a file that cannot be read (${error.code}): ${path}`, example: 'TELEGRAM_PUBLIC_KEY=./telegram-public-key.pem' }])
  })
}
