import type { OutgoingMessage, ReceivedMessage } from '../media.js'

const help = 'Send or forward me a file: a video, music, a photo, any document. ' +
  'I answer with a link that plays in a browser or a media player, with seeking, and works with download managers.\n\n' +
  'Add me to a channel or group, and I note the files posted there.'

/** What a private message without a file is answered with: `/start` greets, everything else gets the help. */
export function commandMessage (message: ReceivedMessage): OutgoingMessage {
  const greeting = /^\/start\b/.test(message.text) ? 'Welcome to Teleferry.\n\n' : ''
  return { chatId: message.chat.id, replyTo: message.messageId, text: [greeting + help] }
}

/** The answer to somebody who is not among the allowed users; tells the id that the owner would have to add. */
export function refusalMessage (message: ReceivedMessage): OutgoingMessage {
  return {
    chatId: message.chat.id,
    replyTo: message.messageId,
    text: ['Sorry, this bot serves a closed circle. If its owner knows you, give them your user id: ', { code: message.senderId ?? 'unknown' }]
  }
}
