/** A question from the process that started this one. */
interface Question {
  readonly id: number
  readonly name: string
  readonly args: readonly unknown[]
}

/** Commands by their name. What they take and return must be structured-cloneable. */
export type Commands = Readonly<Record<string, (...args: never[]) => unknown>>

/**
 * Answers what the process that started this one asks over IPC, and says that it is ready to. When that process ends, so does
 * this one.
 */
export function answer (commands: Commands): void {
  process.on('message', (message: unknown) => {
    if (isQuestion(message)) reply(commands, message).catch(() => process.exit(1))
  })
  process.on('disconnect', () => process.exit())
  process.send?.({ ready: true })
}

async function reply (commands: Commands, { id, name, args }: Question): Promise<void> {
  try {
    const command = commands[name]
    if (command === undefined) throw new Error(`there is no command ${name}`)
    const value = await (command as (...args: readonly unknown[]) => unknown)(...args)
    process.send?.({ id, value })
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? error.stack ?? error.message : String(error) })
  }
}

function isQuestion (message: unknown): message is Question {
  return typeof message === 'object' && message !== null && 'id' in message && 'name' in message && 'args' in message
}
