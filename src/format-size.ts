const units = ['B', 'KB', 'MB', 'GB']

/** A size in bytes as people write it, in powers of 1000 like Telegram's apps: `1.5 GB`. */
export function formatSize (bytes: number): string {
  let value = bytes
  let unit = 0
  // 999.95 would print as 1000.0, so the next unit begins there.
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || Number.isInteger(value) ? value : value.toFixed(1)} ${units[unit]}`
}
