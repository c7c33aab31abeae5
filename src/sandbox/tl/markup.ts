import { Api } from 'telegram'
import type { Button, Markup } from '../world/text.js'

/** Buttons below a message as TL. */
export function renderMarkup (markup: Markup): Api.ReplyInlineMarkup {
  return new Api.ReplyInlineMarkup({ rows: markup.map(row => new Api.KeyboardButtonRow({ buttons: row.map(renderButton) })) })
}

/** A button from TL; `null` for a kind that may not stand below a message, or that this Telegram does not know. */
export function readButton (button: Api.TypeKeyboardButton): Button | null {
  const { text } = button
  if (button instanceof Api.KeyboardButtonUrl) return { kind: 'url', text, url: button.url }
  if (button instanceof Api.KeyboardButtonCallback) return { kind: 'callback', text, data: button.data }
  if (button instanceof Api.KeyboardButtonCopy) return { kind: 'copy', text, copyText: button.copyText }
  if (button instanceof Api.KeyboardButtonSwitchInline) return { kind: 'switch', text, query: button.query, samePeer: button.samePeer === true }
  return null
}

function renderButton (button: Button): Api.TypeKeyboardButton {
  const { text } = button
  switch (button.kind) {
    case 'url': return new Api.KeyboardButtonUrl({ text, url: button.url })
    case 'callback': return new Api.KeyboardButtonCallback({ text, data: button.data })
    case 'copy': return new Api.KeyboardButtonCopy({ text, copyText: button.copyText })
    case 'switch': return new Api.KeyboardButtonSwitchInline({ text, query: button.query, samePeer: button.samePeer })
  }
}
