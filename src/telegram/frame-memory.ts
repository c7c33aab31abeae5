/** The shortest part of a file but for its end, in bytes. What there is in a frame beside such parts is less. */
const shortestPart = 4096

/** How much is kept for the next frames, in bytes. */
const keptBytes = 16 * 1024 * 1024

/** By their length, the one used last at the end. */
const free = new Map<number, ArrayBufferLike[]>()
/** How many bytes of what is lent have not been given back. */
const lent = new WeakMap<ArrayBufferLike, number>()
let kept = 0

/**
 * Memory for a frame of `length` bytes, whatever was in it before. At 100 MB/s a new one for each frame makes V8 collect all
 * garbage twice a second, and keeps much of it for as long; so what `giveBack` gets is used again.
 */
export function frameMemory (length: number): Buffer {
  return length <= shortestPart ? Buffer.allocUnsafe(length) : Buffer.from(lend(length), 0, length)
}

/** A part of a file as it may stay with its reader. The end of a file may be too short to be noticed in a frame that it shares: it is copied. */
export function lasting (part: Uint8Array): Uint8Array {
  return part.length < shortestPart ? Uint8Array.from(part) : part
}

/**
 * Takes back one part of a file, which must be `lasting`. A frame may hold several: its memory is used again when what is left of it is too short for
 * another one. Memory that came from elsewhere is left to the garbage collector. Nobody may read `part` after that, nor give it back again.
 */
export function giveBack (part: Uint8Array): void {
  const { buffer } = part
  const left = (lent.get(buffer) ?? Infinity) - part.length
  if (left === Infinity) return
  lent.set(buffer, left)
  if (left >= shortestPart) return
  lent.delete(buffer)
  ofLength(buffer.byteLength).push(buffer)
  kept += buffer.byteLength
  while (kept > keptBytes) dropOldest()
}

function lend (length: number): ArrayBufferLike {
  const size = fitting(length)
  const used = ofLength(size).pop()
  if (used !== undefined) kept -= size
  const memory = used ?? Buffer.allocUnsafeSlow(size).buffer
  lent.set(memory, length)
  return memory
}

function ofLength (size: number): ArrayBufferLike[] {
  const list = free.get(size) ?? []
  free.delete(size)
  free.set(size, list)
  return list
}

/** Of the length that was not needed for longest. */
function dropOldest (): void {
  const [oldest] = free
  if (oldest === undefined) return
  const [size, list] = oldest
  if (list.pop() === undefined) free.delete(size)
  else kept -= size
}

/** Room for a power of two, as parts of files are, and what is around it. */
function fitting (length: number): number {
  return 2 ** Math.ceil(Math.log2(length - shortestPart)) + shortestPart
}
