import { Api } from 'telegram'
import { RpcError } from '../network/types.js'
import { readButton } from '../tl/markup.js'
import type { Button, Markup } from '../world/text.js'
import { refuseIf } from './method.js'

/** The buttons of a message, `null` without any. Throws Telegram's errors; keyboards other than inline ones are refused. */
export function checkedMarkup (markup: Api.TypeReplyMarkup | null | undefined): Markup | null {
  if (markup === null || markup === undefined) return null
  if (!(markup instanceof Api.ReplyInlineMarkup)) throw new RpcError(400, 'REPLY_MARKUP_INVALID')
  const rows = markup.rows.map(row => row.buttons.map(checkedButton)).filter(row => row.length > 0)
  refuseIf(rows.flat().length > 100, 'REPLY_MARKUP_TOO_LONG')
  return rows.length === 0 ? null : rows
}

/** The address of a button as Telegram keeps it; `null` where it refuses it: other schemes, and hosts without a dot such as localhost. */
export function buttonUrl (text: string): string | null {
  const url = parseUrl(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`)
  if (url === null) return null
  if (url.protocol === 'tg:' || url.protocol === 'ton:') return text
  const web = url.protocol === 'http:' || url.protocol === 'https:'
  const host = url.hostname.replace(/\.$/, '')
  return web && (host.includes('.') || host.startsWith('[')) && !/\s/.test(text) ? text : null
}

function checkedButton (input: Api.TypeKeyboardButton): Button {
  const button = readButton(input)
  if (button === null) throw new RpcError(400, 'BUTTON_TYPE_INVALID')
  refuseIf(button.text.trim() === '', 'BUTTON_TEXT_INVALID')
  switch (button.kind) {
    case 'url': refuseIf(buttonUrl(button.url) === null, 'BUTTON_URL_INVALID'); break
    case 'callback': refuseIf(button.data.length === 0 || button.data.length > 64, 'BUTTON_DATA_INVALID'); break
    case 'copy': refuseIf(button.copyText === '' || button.copyText.length > 256, 'BUTTON_COPY_TEXT_INVALID'); break
    case 'switch': refuseIf(button.query.length > 256, 'BUTTON_DATA_INVALID')
  }
  return button
}

function parseUrl (text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null
}
