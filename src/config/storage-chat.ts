import type { ChatId } from '../media.js'
import type { Problem, Settings } from './problems.js'

/** The names that hold the storage channel's id; the first that is set counts. The last two are those of existing bots. */
const NAMES = ['STORAGE_CHAT_ID', 'BIN_CHANNEL', 'LOG_CHANNEL']

/** The channel for copies of private files, as the Bot API writes its id; `null` where none is set. */
export function readStorageChat (settings: Settings, problems: Problem[]): ChatId | null {
  const variable = NAMES.find(name => settings[name] !== undefined)
  const text = variable === undefined ? undefined : settings[variable]?.trim()
  if (variable === undefined || text === undefined) return null
  if (/^-100[1-9]\d{4,12}$/.test(text)) return text as ChatId
  problems.push({ variable, wrong: explain(text), example: `${variable}=-1001234567890` })
  return null
}

function explain (text: string): string {
  const form = 'a channel\'s id has the form -100 followed by digits'
  if (/^\d+$/.test(text)) return `is positive, so it is a user's id or lacks what comes before it: ${form}`
  if (/^-\d+$/.test(text)) return `is a basic group's id or too short: ${form}`
  return `is not a number: ${form}`
}
