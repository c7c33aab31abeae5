import { setTimeout as sleep } from 'node:timers/promises'
import bigInt from 'big-integer'
import { Api } from 'telegram'
import type { BotId, Button, EditedMessage, MessageContent, OutgoingMessage, PressAnswer } from '../media.js'
import { type Meaning, meaningOf, SendRefused } from './errors.js'
import { unchained } from './init-request.js'
import type { Log } from './log.js'
import type { Peers } from './peers.js'
import { randomIdFor } from './random-id.js'
import { formatRichText } from './rich-text.js'
import { backoff, type Timing } from './timing.js'

/** The longest FLOOD_WAIT that is waited out before a message is given up, in s. */
const longestWait = 60

/** How often sending is tried when no answer comes. A repetition is harmless: see random-id.ts. */
const attempts = 4

export interface SendOptions {
  readonly botId: BotId
  readonly timing: Timing
  readonly log: Log
  readonly peers: Peers
  call<R extends Api.AnyRequest> (request: R, signal?: AbortSignal): Promise<R['__response']>
}

/**
 * Carries out a sending request that is safe to repeat. Waits out short floods, tries again after failures.
 * Returns Telegram's answer, or null where it was sent before. Throws SendRefused, or the last error.
 */
export async function sendSafely (
  makeRequest: () => Api.AnyRequest, { call, timing }: Pick<SendOptions, 'call' | 'timing'>, signal: AbortSignal
): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call(unchained(makeRequest()), signal)
    } catch (error) {
      signal.throwIfAborted()
      const meaning = meaningOf(error)
      if (meaning.kind === 'duplicate') return null
      const pauseMs = pauseAfter(meaning, attempt, timing)
      if (pauseMs === null) throw isFinal(meaning) ? new SendRefused(`Telegram refuses the message: ${meaning.reason}`, { cause: error }) : error
      await sleep(pauseMs, undefined, { signal })
    }
  }
}

function pauseAfter (meaning: Meaning, attempt: number, timing: Timing): number | null {
  if (attempt >= attempts || isFinal(meaning)) return null
  if (meaning.kind === 'wait') return meaning.seconds <= longestWait ? meaning.seconds * 1_000 : null
  return backoff(attempt, timing)
}

function isFinal ({ kind }: Meaning): boolean {
  return kind === 'no-access' || kind === 'bad-button' || kind === 'refused' || kind === 'reference' || kind === 'bad-request'
}

/** Returns the function by which one bot sends messages. Its promise resolves to the message's id when Telegram has it; `null` where it was sent before. */
export function createSend (options: SendOptions) {
  const { botId, peers } = options

  const requestFor = ({ chatId, replyTo, ...content }: OutgoingMessage) => new Api.messages.SendMessage({
    ...contentFields(content),
    peer: peers.input(chatId),
    noWebpage: true,
    replyTo: new Api.InputReplyToMessage({ replyToMsgId: replyTo }),
    randomId: randomIdFor({ botId, chatId, messageId: replyTo, purpose: 'reply' })
  })

  return async function send (message: OutgoingMessage, signal: AbortSignal): Promise<number | null> {
    return sentId(await withAllowedButtons(message, options, async buttons => await sendSafely(() => requestFor({ ...message, buttons }), options, signal)))
  }
}

/** The id in Telegram's answer to what was sent. */
function sentId (answer: unknown): number | null {
  if (answer instanceof Api.UpdateShortSentMessage) return answer.id
  if (!(answer instanceof Api.Updates)) return null
  return answer.updates.find(update => update instanceof Api.UpdateMessageID)?.id ?? null
}

/** Returns the function by which one bot changes a message of its own. Its promise resolves when Telegram has the change. */
export function createEdit (options: SendOptions) {
  const { peers } = options

  const requestFor = ({ chatId, messageId, ...content }: EditedMessage) => new Api.messages.EditMessage({
    ...contentFields(content),
    peer: peers.input(chatId),
    id: messageId,
    noWebpage: true
  })

  return async function edit (message: EditedMessage, signal: AbortSignal): Promise<void> {
    await withAllowedButtons(message, options, async buttons => { await sendSafely(() => requestFor({ ...message, buttons }), options, signal) })
  }
}

/** Returns the function that tells whoever pressed a button of this bot; until then their app shows that it waits. A press that was answered, or is too old, is let be. */
export function createAnswerPress (options: SendOptions) {
  return async function answerPress (queryId: string, { text, alert }: PressAnswer, signal: AbortSignal): Promise<void> {
    await sendSafely(() => new Api.messages.SetBotCallbackAnswer({ queryId: bigInt(queryId), message: text, alert, cacheTime: 0 }), options, signal)
  }
}

/** Tries with all buttons, and where Telegram does not like one, without those that are links. The text has the link, too. */
async function withAllowedButtons<T> ({ buttons = [] }: MessageContent, { botId, log }: SendOptions, tryWith: (buttons: ButtonRows) => Promise<T>): Promise<T> {
  try {
    return await tryWith(buttons)
  } catch (error) {
    if (!isBadButton(error)) throw error
    // Telegram takes no links to hosts without a dot, such as localhost.
    log.warn({ botId }, 'Telegram takes no button with this link: the message goes without. Set PUBLIC_URL to an address on the Internet')
    return await tryWith(buttons.map(row => row.filter(button => 'data' in button)))
  }
}

type ButtonRows = NonNullable<MessageContent['buttons']>

function isBadButton (error: unknown): boolean {
  return error instanceof SendRefused && meaningOf(error.cause).kind === 'bad-button'
}

function contentFields ({ text, buttons = [] }: MessageContent) {
  const rows = buttons.filter(row => row.length > 0).map(row => new Api.KeyboardButtonRow({ buttons: row.map(buttonOf) }))
  return { ...formatRichText(text), ...(rows.length > 0 && { replyMarkup: new Api.ReplyInlineMarkup({ rows }) }) }
}

function buttonOf (button: Button): Api.TypeKeyboardButton {
  if ('url' in button) return new Api.KeyboardButtonUrl(button)
  return new Api.KeyboardButtonCallback({ text: button.text, data: Buffer.from(button.data) })
}
