/** The environment that lets one viewer use more of the server than its polite defaults do, for lines with a long round trip. */
export const raisedCeilings: Readonly<Record<string, string>> = { STREAM_MEMORY_MB: '512', BOT_WINDOW_MB: '64' }
