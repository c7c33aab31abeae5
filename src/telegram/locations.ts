import { type FileLocation, parseLocation } from './file-id.js'

/** How many changed locations one bot remembers. */
const remembered = 2_000

/** Where files are, for one bot: what their file_ids say, or what was learned since. Kept in memory. */
export interface Locations {
  /** Throws SourceGone where the file_id is no location. */
  of (fileId: string): FileLocation
  replace (fileId: string, location: FileLocation): void
}

export function createLocations (): Locations {
  const learned = new Map<string, FileLocation>()

  return {
    of: fileId => learned.get(fileId) ?? parseLocation(fileId),
    replace: (fileId, location) => {
      learned.delete(fileId)
      learned.set(fileId, location)
      const [oldest] = learned.keys()
      if (learned.size > remembered && oldest !== undefined) learned.delete(oldest)
    }
  }
}
