/** What is to be done when the service ends, the last one first. */
export type Closing = Array<() => Promise<unknown>>

/** Does it, each when the one before is done. */
export async function closeAll (closing: Closing): Promise<void> {
  for (let end = closing.pop(); end !== undefined; end = closing.pop()) await end()
}
