import type { Problem, Settings } from './problems.js'

/** Enough for what is random; what is not, is guessed however long it is. */
const fewest = 16

/** Too short to be taken for a secret by who copies it. */
const example = '3f1c…9a07'

const remedy = 'take what the command openssl rand -hex 32 prints'

/**
 * Reads a secret that the owner thought of; `null` where there is none. One that travels in a header (`mustBePlain`) holds visible ASCII alone
 * (RFC 6750, section 2.1).
 */
export function readSecret (variable: string, settings: Settings, problems: Problem[], { mustBePlain }: { readonly mustBePlain: boolean }): string | null {
  const secret = settings[variable] ?? null
  if (secret === null) return null
  const wrong = faultOf(secret, mustBePlain)
  if (wrong !== null) problems.push({ variable, wrong, example: `${variable}=${example}` })
  return secret
}

function faultOf (secret: string, mustBePlain: boolean): string | null {
  // As in a shell, but nothing runs it in .env, and then everybody who has read of it knows the secret.
  if (/^(\$\(|`)/.test(secret)) return `begins with ${secret.startsWith('$') ? '$(' : 'a backtick'}, as if a command stood there, and none is run: ${remedy}`
  if (mustBePlain && !/^[\x21-\x7e]*$/.test(secret)) return `must hold ASCII characters alone, and no blanks: ${remedy}`
  return secret.length < fewest ? `must be at least ${fewest} characters that nobody can guess: ${remedy}` : null
}
