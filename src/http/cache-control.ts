/**
 * What caches may do with a file. An open link's answer may be kept by all, but is asked for again by its ETag, so that taking
 * the file back holds; `maxAgeSeconds` above 0 lets a CDN answer alone for so long. A signed link is its holder's business, and ends.
 * Nobody may rewrite a file: that would break its ranges.
 */
export function cacheControl (maxAgeSeconds: number, isSigned: boolean): string {
  if (isSigned) return 'private, no-cache, no-transform'
  return maxAgeSeconds > 0 ? `public, max-age=${maxAgeSeconds}, no-transform` : 'public, no-cache, no-transform'
}
