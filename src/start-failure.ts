/** What to tell the owner when the start fails: one line that says what to do, or the whole error where it is not foreseen. */
export function explainFailure (error: unknown): string {
  if (!isError(error)) return `Teleferry could not start: ${String(error)}`
  if (isForOwners(error)) return error.message + (error.code === 'CONFIG' ? settingsHint : '')
  return addressRemedy(error) ?? `Teleferry could not start: ${error.stack ?? error.message}`
}

const settingsHint = '\n\nSettings come from the environment or from the file .env: see .env.example. To look at Teleferry first: npm run demo'

/** Errors whose message names the remedy already. */
function isForOwners (error: Coded): boolean {
  return ['CONFIG', 'USAGE', 'NO_DATABASE', 'NO_EMBEDDED_DATABASE', 'DATA_IN_USE'].includes(error.code ?? '')
}

function addressRemedy (error: Coded & { port?: number, address?: string }): string | null {
  const place = `${error.address ?? 'this address'}:${error.port ?? ''}`
  if (error.code === 'EADDRINUSE') return `PORT: ${place} is in use by another program; stop that one, or choose another, such as PORT=8081`
  if (error.code === 'EACCES') return `PORT: this user may not listen on ${place}; choose a port above 1023, such as PORT=8080`
  if (error.code === 'EADDRNOTAVAIL') return `HOST: this machine has no address ${error.address ?? ''}; use one of its own, or HOST=0.0.0.0 for all`
  return null
}

type Coded = Error & { code?: string }

function isError (error: unknown): error is Coded {
  return error instanceof Error
}
