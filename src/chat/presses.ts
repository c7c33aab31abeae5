import type { BotId, EditedMessage, Press, PressAnswer } from '../media.js'
import type { Keeper } from './keeper.js'
import { readAction } from './link.js'

export interface PressOptions {
  readonly keeper: Keeper
  isAllowed (userId: string): boolean
  answerPress (botId: BotId, queryId: string, answer: PressAnswer): Promise<void>
  edit (botId: BotId, message: EditedMessage): Promise<void>
}

/** Returns the function that does what a pressed button says, tells who pressed it, and changes the message. */
export function createPressed ({ keeper, isAllowed, answerPress, edit }: PressOptions) {
  return async function pressed (botId: BotId, { queryId, chatId, messageId, userId, data }: Press): Promise<void> {
    const asked = readAction(data)
    if (asked === null || !isAllowed(userId)) return await answerPress(botId, queryId, { text: 'This button is not for you.', alert: true })
    const { said, isRefusal, content } = await keeper.act(asked.action, asked.id, userId, `press ${queryId}`)
    const answered = answerPress(botId, queryId, { text: said, alert: isRefusal })
    await Promise.all([answered, content !== null && edit(botId, { chatId, messageId, ...content })])
  }
}
