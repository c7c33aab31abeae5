import type { Deletion, ReceivedMessage } from '../../media.js'

/** What happened in a box, in order. `lastMessageId`: the highest id named, 0 for none. */
export interface Content {
  readonly messages: readonly ReceivedMessage[]
  readonly deletions: readonly Deletion[]
  readonly lastMessageId: number
}

export const nothing: Content = { messages: [], deletions: [], lastMessageId: 0 }

/** One after the other. */
export function joinContents (contents: readonly Content[]): Content {
  return {
    messages: contents.flatMap(({ messages }) => messages),
    deletions: contents.flatMap(({ deletions }) => deletions),
    lastMessageId: contents.reduce((highest, { lastMessageId }) => Math.max(highest, lastMessageId), 0)
  }
}
