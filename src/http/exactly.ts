/**
 * The same chunks, if they are `length` bytes together. Throws before the first byte too many, and at an end that comes
 * too early: Node would let both pass, and what follows on the connection would be taken for the file.
 */
export async function * exactly (length: number, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let missing = length
  for await (const chunk of chunks) {
    missing -= chunk.length
    if (missing < 0) throw new Error(`${-missing} bytes more than the ${length} that were promised`)
    yield chunk
  }
  if (missing > 0) throw new Error(`${missing} bytes fewer than the ${length} that were promised`)
}
