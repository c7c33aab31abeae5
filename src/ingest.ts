import type { Intake } from './catalogue/intake.js'
import type { Batch, BotId, Deletion, ReceivedMessage, Sighting } from './media.js'

export interface IngestOptions {
  isAllowed (senderId: string | null): boolean
  /** Whether something follows on a new message: a reply, a copy. */
  wantsAnswer (message: ReceivedMessage): boolean
  /** Stores what one bot received and up to where it did, all or none; resolves with what was not stored before. */
  store (botId: BotId, intakes: readonly Intake[]): Promise<ReadonlySet<Intake>>
  /** Told of what is stored now, perhaps more than once. */
  onStored? (batches: readonly Batch[]): void
  /** Told once of each new message on which something follows, when it is stored. */
  onMessage (botId: BotId, message: ReceivedMessage): void
}

/**
 * Returns the function that takes in what one bot received: first everything is stored, then whoever answers is told.
 * When storing fails it rejects, and the same batches may be given again.
 */
export function createIngest ({ isAllowed, wantsAnswer, store, onStored, onMessage }: IngestOptions) {
  // What strangers send in private is refused, so it must not be kept either.
  const isWelcome = (message: ReceivedMessage) => message.chat.kind !== 'private' || isAllowed(message.senderId)

  const intakeOf = ({ botId, messages, deletions, progress }: Batch): Intake => ({
    progress,
    sightings: messages.filter(isWelcome).flatMap(message => sightingIn(botId, message)),
    gone: [...deletions, ...messages.filter((message, index) => isWithoutFile(message, messages.slice(index + 1))).map(whereItStood)],
    unanswered: messages.filter(message => message.kind === 'new' && wantsAnswer(message))
  })

  return async function ingest (batches: readonly Batch[]): Promise<void> {
    const [first] = batches
    if (first === undefined) return
    const fresh = await store(first.botId, batches.map(intakeOf))
    onStored?.(batches)
    for (const { unanswered } of fresh) for (const message of unanswered) onMessage(first.botId, message)
  }
}

/** Whether an edit left the message without a file, and no later one gave it another. */
function isWithoutFile ({ kind, chat, messageId, media }: ReceivedMessage, later: readonly ReceivedMessage[]): boolean {
  return kind === 'edited' && media === null && !later.some(message => message.messageId === messageId && message.chat.id === chat.id)
}

function whereItStood ({ chat, messageId }: ReceivedMessage): Deletion {
  return { chatId: chat.id, messageIds: [messageId] }
}

function sightingIn (botId: BotId, message: ReceivedMessage): Sighting[] {
  if (message.media === null) return []
  return [{ botId, chatId: message.chat.id, messageId: message.messageId, media: message.media, senderId: message.senderId }]
}
