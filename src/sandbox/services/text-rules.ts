import { Api } from 'telegram'
import { RpcError } from '../network/types.js'
import { readEntity } from '../tl/text.js'
import { findEntities, type TextEntity } from '../world/text.js'
import { refuseIf } from './method.js'

const MESSAGE_LENGTH = 4096
const CAPTION_LENGTH = 1024

/** The text of a message, with Telegram's own marks added. Throws Telegram's errors. */
export function checkedText (text: string, entities: readonly Api.TypeMessageEntity[] | null | undefined): { text: string, entities: TextEntity[] } {
  refuseIf(text.trim() === '', 'MESSAGE_EMPTY')
  refuseIf(text.length > MESSAGE_LENGTH, 'MESSAGE_TOO_LONG')
  return { text, entities: checkedEntities(text, entities ?? []) }
}

/** The text below a file; it may be empty. */
export function checkedCaption (text: string, entities: readonly Api.TypeMessageEntity[] | null | undefined): { text: string, entities: TextEntity[] } {
  refuseIf(text.length > CAPTION_LENGTH, 'MEDIA_CAPTION_TOO_LONG')
  return { text, entities: checkedEntities(text, entities ?? []) }
}

/** Entities of kinds that only Telegram itself sets are dropped, as it does. */
function checkedEntities (text: string, entities: readonly Api.TypeMessageEntity[]): TextEntity[] {
  const marked = entities.flatMap(entity => {
    if (entity instanceof Api.InputMessageEntityMentionName) throw new RpcError(400, 'ENTITY_MENTION_USER_INVALID')
    const outside = entity.offset < 0 || entity.length <= 0 || entity.offset + entity.length > text.length
    refuseIf(outside, 'ENTITY_BOUNDS_INVALID')
    const read = readEntity(entity)
    return read === null ? [] : [read]
  })
  return findEntities(text, marked)
}
