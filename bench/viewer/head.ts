/** What a response says before its body. */
export interface ResponseHead {
  readonly status: number
  /** In bytes; `null` where it is not told. */
  readonly contentLength: number | null
}

/** Reads a response's head out of what arrives. */
export interface HeadReader {
  /** `null` until it is complete. */
  readonly head: ResponseHead | null
  /** Takes what arrived, and gives back what of it belongs to the body. Throws where it is no HTTP. */
  take (bytes: Buffer): Buffer
}

const nothing = Buffer.alloc(0)
const mostBytes = 16 * 1024

/** A reader that has seen nothing yet. */
export function createHeadReader (): HeadReader {
  let text = ''
  let head: ResponseHead | null = null
  return {
    get head () { return head },
    take: bytes => {
      if (head !== null) return bytes
      const before = text.length
      text += bytes.toString('latin1')
      const end = text.indexOf('\r\n\r\n')
      if (end < 0 && text.length > mostBytes) throw new Error('the response has no end of its head')
      if (end < 0) return nothing
      head = parseHead(text.slice(0, end))
      return bytes.subarray(end + 4 - before)
    }
  }
}

function parseHead (text: string): ResponseHead {
  const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]
  if (status === undefined) throw new Error(`what came is no HTTP response: ${JSON.stringify(text.slice(0, 40))}`)
  const length = /^content-length: *(\d+) *$/im.exec(text)?.[1]
  return { status: Number(status), contentLength: length === undefined ? null : Number(length) }
}
