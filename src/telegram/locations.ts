import { type FileLocation, parseLocation } from './file-id.js'

/** How many locations one bot remembers. */
const remembered = 2_000

/** Where files are, for one bot: what their file_ids say, or what was learned since. Kept in memory. */
export interface Locations {
  /** Throws SourceGone where the file_id is no location. */
  of (fileId: string): FileLocation
  replace (fileId: string, location: FileLocation): void
}

export function createLocations (): Locations {
  const learned = new Map<string, FileLocation>()
  const parsed = new Map<string, FileLocation>()

  function parse (fileId: string): FileLocation {
    const location = parseLocation(fileId)
    remember(parsed, fileId, location)
    return location
  }

  return {
    of: fileId => learned.get(fileId) ?? parsed.get(fileId) ?? parse(fileId),
    replace: (fileId, location) => remember(learned, fileId, location)
  }
}

function remember (locations: Map<string, FileLocation>, fileId: string, location: FileLocation) {
  locations.delete(fileId)
  locations.set(fileId, location)
  const [oldest] = locations.keys()
  if (locations.size > remembered && oldest !== undefined) locations.delete(oldest)
}
