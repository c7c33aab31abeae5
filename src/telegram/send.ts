import { setTimeout as sleep } from 'node:timers/promises'
import { Api } from 'telegram'
import type { BotId, OutgoingMessage } from '../media.js'
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

/** Returns the function by which one bot sends messages. Its promise resolves when Telegram has the message. */
export function createSend (options: SendOptions) {
  const { botId, log, peers } = options

  function requestFor ({ chatId, replyTo, text, button }: OutgoingMessage): Api.messages.SendMessage {
    return new Api.messages.SendMessage({
      ...formatRichText(text),
      peer: peers.input(chatId),
      noWebpage: true,
      replyTo: new Api.InputReplyToMessage({ replyToMsgId: replyTo }),
      randomId: randomIdFor({ botId, chatId, messageId: replyTo, purpose: 'reply' }),
      ...(button !== undefined && { replyMarkup: linkButton(button) })
    })
  }

  return async function send (message: OutgoingMessage, signal: AbortSignal): Promise<void> {
    try {
      await sendSafely(() => requestFor(message), options, signal)
    } catch (error) {
      const { button, ...withoutButton } = message
      if (button === undefined || !isBadButton(error)) throw error
      // Telegram takes no links to hosts without a dot, such as localhost. The text has the link, too.
      log.warn({ botId }, 'Telegram takes no button with this link: the message goes without. Set PUBLIC_URL to an address on the Internet')
      await sendSafely(() => requestFor(withoutButton), options, signal)
    }
  }
}

function isBadButton (error: unknown): boolean {
  return error instanceof SendRefused && meaningOf(error.cause).kind === 'bad-button'
}

function linkButton ({ text, url }: { readonly text: string, readonly url: string }): Api.ReplyInlineMarkup {
  return new Api.ReplyInlineMarkup({ rows: [new Api.KeyboardButtonRow({ buttons: [new Api.KeyboardButtonUrl({ text, url })] })] })
}
