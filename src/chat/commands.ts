import type { MediaId, MessageContent, ReceivedMessage } from '../media.js'
import type { Keeper } from './keeper.js'
import type { FileAction } from './link.js'

const help = 'Send or forward me a file: a video, music, a photo, any document. ' +
  'I answer with a link that plays in a browser or a media player, with seeking, and works with download managers.\n\n' +
  '/revoke and a link or its id ends the links of a file that you sent, and /link makes a new one.\n\n' +
  'Add me to a channel or group, and I note the files posted there.'

/** What a private message without a file is answered with: `/start` greets, `/revoke`, `/link` and `/unblock` act, everything else gets the help. */
export async function commandContent (message: ReceivedMessage, keeper: Keeper): Promise<MessageContent> {
  const [, action, argument = ''] = /^\/(revoke|link|unblock)(?:@\w+)?(?:\s+(\S+))?\s*$/.exec(message.text) ?? []
  if (action !== undefined) return await fileCommand(action as FileAction, argument, message, keeper)
  const greeting = /^\/start\b/.test(message.text) ? 'Welcome to Teleferry.\n\n' : ''
  return { text: [greeting + help] }
}

async function fileCommand (action: FileAction, argument: string, { chat, messageId, senderId }: ReceivedMessage, keeper: Keeper): Promise<MessageContent> {
  const id = idIn(argument)
  if (id === null) return { text: [`Write /${action}, a blank, and the file's link or the id in it: `, { code: `/${action} https://…/download/AgADBAADq6` }] }
  const { said, content } = await keeper.act(action, id, senderId ?? '', `message ${chat.id}/${messageId}`)
  return content ?? { text: [said] }
}

/** The id in a link of ours, or that stands alone. */
function idIn (text: string): MediaId | null {
  const [, id] = /^(?:https?:\/\/\S+?\/(?:download|watch|playlist)\/)?([A-Za-z0-9_-]{1,64})(?:[/?#.]\S*)?$/.exec(text) ?? []
  return id === undefined ? null : id as MediaId
}

/** The answer to somebody who is not among the allowed users; tells the id that the owner would have to add. */
export function refusalContent ({ senderId }: ReceivedMessage): MessageContent {
  return { text: ['Sorry, this bot serves a closed circle. If its owner knows you, give them your user id: ', { code: senderId ?? 'unknown' }] }
}
