import type { BotId, ReceivedMessage } from './media.js'

export interface FollowUpOptions {
  /** What is to be done with a new message, by the name of the lane in which it waits for its turn. */
  readonly tasks: Readonly<Record<string, (botId: BotId, message: ReceivedMessage) => Promise<void>>>
  /** Does work later, one piece after another within a lane. */
  add (lane: string, work: () => Promise<void>): void
  /** Whether trying again would change nothing. */
  isFinal (error: unknown): boolean
  /** Notes that everything is done. */
  done (botId: BotId, message: ReceivedMessage): Promise<void>
  /** The messages with which a bot was not done, as after the process was killed. */
  findOpen (botId: BotId): Promise<ReceivedMessage[]>
}

/**
 * Does what follows on new messages. What fails and may succeed later, or is under way when the process dies, is done again with
 * the next `resume`; each task is such that this does not show.
 */
export function createFollowUp ({ tasks, add, isFinal, done, findOpen }: FollowUpOptions) {
  const underWay = new Set<string>()

  function start (botId: BotId, message: ReceivedMessage): void {
    const key = `${botId} ${message.chat.id} ${message.messageId}`
    if (underWay.has(key)) return
    underWay.add(key)
    const left = new Set(Object.keys(tasks))
    let isDone = true
    for (const [name, task] of Object.entries(tasks)) {
      add(`${name} of bot ${botId}`, async () => {
        try {
          await task(botId, message)
        } catch (error) {
          isDone &&= isFinal(error)
          throw error
        } finally {
          left.delete(name)
          if (left.size === 0) underWay.delete(key)
          if (left.size === 0 && isDone) await done(botId, message)
        }
      })
    }
  }

  /** Does again what is open and not under way. */
  async function resume (botId: BotId): Promise<void> {
    for (const message of await findOpen(botId)) start(botId, message)
  }

  return { start, resume }
}
