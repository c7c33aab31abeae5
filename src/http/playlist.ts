import type { Links } from '../links/links.js'
import type { MediaFile } from '../media.js'

/** A file as a playlist of one entry, in extended M3U. The name is one line, for the next one is the address. */
export function playlistFor ({ name }: MediaFile, { download }: Links): string {
  const title = (name ?? '').replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()
  return `#EXTM3U\n#EXTINF:-1,${title}\n${download}\n`
}
