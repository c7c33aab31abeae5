import pg from 'pg'

/**
 * A client that ends with its first statement that nobody answers within `query_timeout`. node-postgres rejects such a statement
 * but keeps the connection, which may stay dead for minutes, or on which a `BEGIN` that came late may have begun a transaction.
 * A connection that breaks while it is lent fails its statements, and nothing else.
 */
export class ImpatientClient extends pg.Client {
  constructor (config?: pg.ClientConfig) {
    super(config)
    // The pool listens only while a connection is idle, and an error event without a listener ends the process.
    this.on('error', () => {})
    const query = this.query.bind(this) as (...parameters: unknown[]) => unknown
    // TypeScript wants an override to repeat all overloads.
    Object.assign(this, {
      query: (...parameters: unknown[]) => {
        const answer = query(...parameters)
        if (answer instanceof Promise) answer.catch(error => { if (isSilence(error)) this.end().catch(() => {}) })
        return answer
      }
    })
  }
}

const isSilence = (error: unknown) => error instanceof Error && error.message === 'Query read timeout'
