/** A command was called wrongly. The message says what would be right. */
export class UsageError extends Error {
  readonly code = 'USAGE'
}
