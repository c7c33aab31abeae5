import type { ByteRange } from '../media.js'

/** What a Range header asks for: these parts, or all of it because the header is absent or to be ignored; `none`: not one byte of it exists. */
export type Asked = readonly ByteRange[] | 'whole' | 'none'

/** Who asks for more parts at once gets the file whole. Readers of archives and documents ask for a handful. */
const mostRanges = 16

/**
 * The parts of a file of `size` bytes that a Range header asks for, in its order. RFC 9110, 14.2: another unit, a set that is not
 * well formed, and one that asks too much of the server (17.15) are ignored; of the others, what lies past the end is left out.
 */
export function parseRanges (header: string | undefined, size: number): Asked {
  const set = /^[ \t]*bytes=(.*)$/i.exec(header ?? '')?.[1] ?? ''
  const specs = set.split(',').map(withoutBlanks).filter(spec => spec !== '')
  if (specs.length === 0 || specs.length > mostRanges) return 'whole'
  const asked = specs.map(spec => parseSpec(spec, size))
  if (asked.includes('whole')) return 'whole'
  const ranges = asked.filter(range => typeof range !== 'string')
  if (ranges.length === 0) return 'none'
  return coalesced(ranges)
}

/** Spaces and tabs are HTTP's only blanks; `trim` knows more. A pattern for those at the end would try from each of those before it. */
function withoutBlanks (text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && isBlank(text[start])) start++
  while (end > start && isBlank(text[end - 1])) end--
  return text.slice(start, end)
}

function isBlank (character: string | undefined): boolean {
  return character === ' ' || character === '\t'
}

function parseSpec (spec: string, size: number): ByteRange | 'whole' | 'none' {
  const [, first, last] = /^(\d*)-(\d*)$/.exec(spec) ?? []
  if (first === undefined || last === undefined || first + last === '') return 'whole'
  return first === '' ? suffix(Number(last), size) : interval(Number(first), last === '' ? Infinity : Number(last), size)
}

/** `-n`: the last n bytes, or all of a shorter file. An empty file has a last byte to nobody, and 206 no way to say so. */
function suffix (length: number, size: number): ByteRange | 'whole' | 'none' {
  if (length === 0) return 'none'
  return size === 0 ? 'whole' : { start: Math.max(size - length, 0), end: size }
}

/** `a-b`, with both ends included, and `a-`. */
function interval (first: number, last: number, size: number): ByteRange | 'whole' | 'none' {
  if (first > last) return 'whole'
  return first >= size ? 'none' : { start: first, end: Math.min(last + 1, size) }
}

/** Two parts that overlap become one (15.3.7.2), in the place of the first; more overlaps are an attack, so they are ignored (14.2). */
function coalesced (ranges: readonly ByteRange[]): Asked {
  const [pair, ...others] = ranges.flatMap((one, index) => ranges.slice(index + 1).filter(other => overlap(one, other)).map(other => [one, other] as const))
  if (others.length > 0) return 'whole'
  if (pair === undefined) return ranges
  const [one, other] = pair
  const both = { start: Math.min(one.start, other.start), end: Math.max(one.end, other.end) }
  return ranges.flatMap(range => range === one ? [both] : range === other ? [] : [range])
}

function overlap (one: ByteRange, other: ByteRange): boolean {
  return one.start < other.end && other.start < one.end
}
