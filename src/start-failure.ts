/** What to tell the owner when the start fails: one line that says what to do, or the whole error where it is not foreseen. */
export function explainFailure (error: unknown): string {
  if (!isError(error)) return `Teleferry could not start: ${String(error)}`
  if (isForOwners(error)) return error.message + (error.code === 'CONFIG' ? settingsHint : '')
  return `Teleferry could not start: ${error.stack ?? error.message}`
}

const settingsHint = '\n\nSettings come from the environment or from the file .env: see .env.example. To look at Teleferry first: npm run demo'

/** Errors whose message names the remedy already. */
function isForOwners (error: Coded): boolean {
  return ['CONFIG', 'DOT_ENV', 'USAGE', 'NO_DATABASE', 'NEWER_DATABASE', 'NO_EMBEDDED_DATABASE', 'DATA_DIR', 'DATA_IN_USE', 'CANNOT_LISTEN'].includes(error.code ?? '')
}

type Coded = Error & { code?: string }

function isError (error: unknown): error is Coded {
  return error instanceof Error
}
