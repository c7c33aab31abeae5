import type { LinkMaker, NewLinks } from '../links/links.js'
import { formatSize } from '../format-size.js'
import type { Button, LinkState, MediaFile, MediaId, MessageContent } from '../media.js'

/** What a button below a file's message makes of the file. */
export type FileAction = 'revoke' | 'link' | 'unblock'

/** What the one who reads a message may do with its file. */
export interface Rights {
  readonly mayRevoke: boolean
  readonly mayUnblock: boolean
}

/** The data of a button, of which Telegram takes 64 bytes: ids so long that it does not fit were never seen. */
export function actionData (action: FileAction, id: MediaId): string {
  return `${action}:${id}`
}

/** What a button's data stands for; `null` where it is none of ours. */
export function readAction (data: string): { readonly action: FileAction, readonly id: MediaId } | null {
  const [, action, id] = /^(revoke|link|unblock):([A-Za-z0-9_-]{1,64})$/.exec(data) ?? []
  return action === undefined || id === undefined ? null : { action: action as FileAction, id: id as MediaId }
}

/** A file's new links, the first as text to copy and all as buttons: or, where it is blocked, that. */
export function linkContent (file: MediaFile, state: LinkState, links: LinkMaker, rights: Rights): MessageContent {
  if (state.blocked) return revokedContent(file, true, rights)
  const made = links.make(file, state.generation)
  return {
    text: [`${heading(file)}${validity(made)}\n\n`, { code: made.download }],
    buttons: [openButtons(file, made), rights.mayRevoke ? dataButton('Revoke', 'revoke', file.id) : []].filter(row => row.length > 0)
  }
}

/** What stands in a message whose links were ended. */
export function revokedContent (file: MediaFile, isBlocked: boolean, { mayRevoke, mayUnblock }: Rights): MessageContent {
  const said = isBlocked ? 'Revoked: nobody can download the file any more.' : 'Revoked: no link that was given out before works any more.'
  const next = isBlocked ? mayUnblock && dataButton('Unblock', 'unblock', file.id) : mayRevoke && dataButton('New link', 'link', file.id)
  return { text: [`${heading(file)}\n\n${said}`], ...next && { buttons: [next] } }
}

function heading ({ id, name, size }: MediaFile): string {
  return `${name ?? `file ${id}`}${size === null ? '' : `\n${formatSize(size)}`}`
}

function validity ({ expiresAt }: NewLinks): string {
  return expiresAt === null ? '' : `\nuntil ${expiresAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

function openButtons ({ mimeType }: MediaFile, { download, watch }: NewLinks): Button[] {
  const isPlayed = /^(?:video|audio)\//.test(mimeType ?? '')
  return [{ text: 'Open', url: download }, ...isPlayed ? [{ text: 'Watch', url: watch }] : []]
}

function dataButton (text: string, action: FileAction, id: MediaId): Button[] {
  const data = actionData(action, id)
  return data.length > 64 ? [] : [{ text, data }]
}
