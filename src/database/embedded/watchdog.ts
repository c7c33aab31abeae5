import { spawn } from 'node:child_process'

/** Waits beside us for this process to die. */
export interface Watchdog {
  /** The server to stop then; `null`: there is none, or none any more. */
  watch (serverPid: number | null): void
  end (): void
}

/**
 * Each line read is the server's process, or empty; the pipe ends when we do. `$1` is a folder to remove then, or
 * empty: twice, because initdb may be at work in it. A zombie counts as alive, hence the bound.
 */
const SCRIPT = `
while read -r line; do server=$line; done
if [ -n "$server" ] && kill -INT "$server"; then
  for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do kill -0 "$server" || break; sleep 0.5; done
fi
[ -n "$1" ] || exit
rm -rf -- "$1"
sleep 2
rm -rf -- "$1"
`

/**
 * Sees to it that the server stops, and `temporaryRoot` goes, when this process dies, however it dies. On Windows
 * nobody watches; there the next start stops what is left.
 */
export function startWatchdog (temporaryRoot: string | null): Watchdog {
  if (process.platform === 'win32') return { watch: () => {}, end: () => {} }
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'teleferry-watchdog', temporaryRoot ?? ''], {
    // Its own process group, or Ctrl-C at the terminal would end it with us.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' }
  })
  shell.on('error', () => {})
  shell.stdin.on('error', () => {})
  return {
    watch: serverPid => { shell.stdin.write(`${serverPid ?? ''}\n`) },
    end: () => { shell.kill('SIGKILL') }
  }
}
