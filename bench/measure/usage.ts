import { readFile } from 'node:fs/promises'

/** What a process has used: CPU seconds of all its threads since it began, and the memory that it holds now. */
export interface Usage {
  readonly cpuSeconds: number
  readonly rssBytes: number
}

// USER_HZ is 100 on every platform that Node has: proc(5).
const ticksPerSecond = 100

/** Reads /proc, which does not disturb the process; where there is none, `ask`s the process itself. */
export async function readUsage (pid: number, ask: () => Promise<Usage>): Promise<Usage> {
  if (process.platform !== 'linux') return await ask()
  const [stat, status] = await Promise.all([readFile(`/proc/${pid}/stat`, 'latin1'), readFile(`/proc/${pid}/status`, 'latin1')])
  return { cpuSeconds: cpuSecondsIn(stat), rssBytes: rssBytesIn(status) }
}

/** User and system time of /proc/<pid>/stat, in seconds. */
export function cpuSecondsIn (stat: string): number {
  // The second field is the program's name in parentheses, which may contain anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** VmRSS of /proc/<pid>/status, in bytes. */
export function rssBytesIn (status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}
