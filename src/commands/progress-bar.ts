/** Where a bar is drawn: a terminal, or a file or pipe, which gets whole lines. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write (text: string): unknown
}

const width = 30

/**
 * A bar that shows `share` (0 to 1) and a text. A terminal sees it move in its last line; a file or pipe gets a line for each
 * tenth that is done.
 */
export function createProgressBar (screen: Screen) {
  let lastTenth = -1

  function line (share: number, text: string): string {
    const done = Math.round(share * width)
    return `${'█'.repeat(done)}${'░'.repeat(width - done)} ${String(Math.floor(100 * share)).padStart(3)} %  ${text}`
  }

  return {
    show: (share: number, text: string) => {
      if (screen.isTTY === true) {
        // Longer than the terminal is wide, it would leave a line behind each time.
        screen.write(`\r\x1b[K${line(share, text).slice(0, (screen.columns ?? 80) - 1)}`)
        return
      }
      const tenth = Math.floor(10 * share)
      if (tenth > lastTenth) screen.write(`${line(share, text)}\n`)
      lastTenth = Math.max(lastTenth, tenth)
    },
    /** Leaves the bar where it is, and goes on below it. */
    end: () => { if (screen.isTTY === true) screen.write('\n') }
  }
}
