import { Api } from 'telegram'
import type { TextEntity } from '../world/text.js'

/** A formatted stretch as TL. */
export function renderEntity ({ type, offset, length, url = '', language = '' }: TextEntity): Api.TypeMessageEntity {
  if (type === 'textUrl') return new Api.MessageEntityTextUrl({ offset, length, url })
  if (type === 'pre') return new Api.MessageEntityPre({ offset, length, language })
  return new PLAIN[type]({ offset, length })
}

/** A formatted stretch from TL; `null` for a kind that this Telegram does not keep. */
export function readEntity (entity: Api.TypeMessageEntity): TextEntity | null {
  const { offset, length } = entity
  if (entity instanceof Api.MessageEntityTextUrl) return { type: 'textUrl', offset, length, url: entity.url }
  if (entity instanceof Api.MessageEntityPre) return { type: 'pre', offset, length, language: entity.language }
  const type = PLAIN_TYPES.find(name => entity instanceof PLAIN[name])
  return type === undefined ? null : { type, offset, length }
}

const PLAIN = {
  mention: Api.MessageEntityMention,
  hashtag: Api.MessageEntityHashtag,
  botCommand: Api.MessageEntityBotCommand,
  url: Api.MessageEntityUrl,
  email: Api.MessageEntityEmail,
  bold: Api.MessageEntityBold,
  italic: Api.MessageEntityItalic,
  code: Api.MessageEntityCode,
  strike: Api.MessageEntityStrike,
  underline: Api.MessageEntityUnderline,
  spoiler: Api.MessageEntitySpoiler,
  blockquote: Api.MessageEntityBlockquote
}

const PLAIN_TYPES = ['mention', 'hashtag', 'botCommand', 'url', 'email', 'bold', 'italic', 'code', 'strike', 'underline', 'spoiler', 'blockquote'] as const
