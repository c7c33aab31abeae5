import type { Batch, BotId, ReceivedMessage, Sighting } from './media.js'

export interface IngestOptions {
  isAllowed (senderId: string | null): boolean
  /** Stores sightings, all or none. */
  record (sightings: readonly Sighting[]): Promise<void>
  /** Told of each new message once what it carries is stored. */
  onMessage (botId: BotId, message: ReceivedMessage): void
}

/**
 * Returns the function that takes in what a bot received: first the files are stored, then whoever answers
 * is told. When storing fails it rejects, and the same batch may be given again.
 */
export function createIngest ({ isAllowed, record, onMessage }: IngestOptions) {
  // What strangers send in private is refused, so it must not be kept either.
  const isWelcome = (message: ReceivedMessage) => message.chat.kind !== 'private' || isAllowed(message.senderId)

  return async function ingest (batch: Batch): Promise<void> {
    const sightings = batch.messages.filter(isWelcome).flatMap(message => sightingIn(batch.botId, message))
    if (sightings.length > 0) await record(sightings)
    for (const message of batch.messages) {
      if (message.kind === 'new') onMessage(batch.botId, message)
    }
  }
}

function sightingIn (botId: BotId, message: ReceivedMessage): Sighting[] {
  if (message.media === null) return []
  return [{ botId, chatId: message.chat.id, messageId: message.messageId, media: message.media, senderId: message.senderId }]
}
