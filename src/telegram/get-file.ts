import bigInt from 'big-integer'
import { Api } from 'telegram'
import { type FileLocation, inputLocation } from './file-id.js'

/** What all requests for one file have in common: the location, as GramJS and as bytes. */
interface Prepared {
  readonly location: Api.TypeInputFileLocation
  readonly head: Buffer
}

const prepared = new WeakMap<FileLocation, Prepared>()

/** `offset:long limit:int` end the request. core.telegram.org/method/upload.getFile */
const tailBytes = 12

/**
 * Asks for `limit` bytes at `offset`. GramJS writes the ids of a location through arbitrary-precision numbers, for each request anew: 5 % of
 * the time of a server that streams in chunks of 64 KiB. They are written once for each file, and the two numbers that differ are set here.
 */
export function getFile (location: FileLocation, offset: number, limit: number): Api.upload.GetFile {
  const { location: input, head } = prepare(location)
  const request = new Api.upload.GetFile({ location: input, offset: bigInt(offset), limit })
  request.getBytes = () => {
    const bytes = Buffer.allocUnsafe(head.length + tailBytes)
    head.copy(bytes)
    bytes.writeBigInt64LE(BigInt(offset), head.length)
    bytes.writeInt32LE(limit, head.length + 8)
    return bytes
  }
  return request
}

function prepare (location: FileLocation): Prepared {
  const known = prepared.get(location)
  if (known !== undefined) return known
  const input = inputLocation(location)
  const whole = new Api.upload.GetFile({ location: input, offset: bigInt.zero, limit: 0 }).getBytes()
  const fresh = { location: input, head: whole.subarray(0, whole.length - tailBytes) }
  prepared.set(location, fresh)
  return fresh
}
