/** The same look, one at a time: who asks meanwhile, or within `ms` after it has told something, is told that, too. A failure is not kept. */
export function kept<T> (look: () => Promise<T>, ms: number, now = () => performance.now()): () => Promise<T> {
  let last: { readonly told: Promise<T>, until: number } | null = null
  return async () => {
    if (last !== null && now() < last.until) return await last.told
    const current = { told: look(), until: Infinity }
    last = current
    return await current.told.then(value => {
      current.until = now() + ms
      return value
    }, (error: unknown) => {
      current.until = -Infinity
      throw error
    })
  }
}
