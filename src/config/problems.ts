/** One wrong setting, as one line for people. It never shows the value, which may be a secret. */
export interface Problem {
  readonly variable: string
  readonly wrong: string
  readonly example: string
}

/** The environment without its empty values: Heroku and Compose pass those on as if they were set. */
export type Settings = Readonly<Record<string, string>>

/** The settings cannot be used. `problems` has all of them; the message is one line for each. */
export class ConfigError extends Error {
  readonly code = 'CONFIG'
  constructor (readonly problems: readonly Problem[]) {
    super(problems.map(({ variable, wrong, example }) => `${variable} ${wrong}, for example ${example}`).join('\n'))
  }
}
