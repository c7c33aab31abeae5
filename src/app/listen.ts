/** The server cannot listen as the settings say. The message names the setting, why that fails and what to do. */
export class CannotListen extends Error {
  readonly code = 'CANNOT_LISTEN'
}

export interface Place {
  readonly host: string
  readonly port: number
  /** The setting that holds the port. */
  readonly variable: 'PORT' | 'METRICS_PORT'
}

/** Runs `listen`, which resolves to the address. Throws CannotListen. */
export async function listenAt (place: Place, listen: () => Promise<string>): Promise<string> {
  try {
    return await listen()
  } catch (cause) {
    const reason = reasonOf(cause, place)
    throw reason === null ? cause : new CannotListen(reason, { cause })
  }
}

/** Only what listening itself says counts: files have the same codes. */
function reasonOf (error: unknown, { host, port, variable }: Place): string | null {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return null
  if (error.syscall === 'getaddrinfo') return `HOST: ${host} is no name or address that this machine can find (${error.code}); use one of its own, or HOST=0.0.0.0 for all`
  if (error.syscall !== 'listen') return null
  switch (error.code) {
    case 'EADDRINUSE': return `${variable}: ${host}:${port} is in use by another program, or by another Teleferry; stop that one, or choose another port, such as ${variable}=${another(port)}`
    case 'EACCES': return `${variable}: this user may not listen on ${host}:${port}; choose a port above 1023, such as ${variable}=${variable === 'PORT' ? 8080 : 9464}`
    case 'EADDRNOTAVAIL': return `HOST: this machine has no address ${host}; use one of its own, or HOST=0.0.0.0 for all`
    default: return `${variable}: ${host}:${port} cannot be listened on (${error.code})`
  }
}

function another (port: number): number {
  return port < 65_535 ? port + 1 : port - 1
}
