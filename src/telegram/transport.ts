import { connect as connectTcp, type Socket } from 'node:net'
import { Logger, LogLevel } from 'telegram/extensions/Logger.js'
import { PromisedNetSockets } from 'telegram/extensions/index.js'
import { Connection } from 'telegram/network/index.js'
import { createFrameReader, encodeFrame, type FrameReader } from './frames.js'
import type { Endpoint } from './directory.js'
import { turnMs } from './turn.js'

/**
 * The connection is over. `transportCode` is the number Telegram closed it with, if it did: 404 does not know the key,
 * 429 is too many connections, 444 is the wrong data centre. core.telegram.org/mtproto/mtproto-transports#transport-errors
 */
export class ConnectionLost extends Error {
  readonly code = 'CONNECTION_LOST'
  constructor (reason: string, readonly transportCode: number | null = null, options?: ErrorOptions) {
    super(reason, options)
  }
}

/** How many bytes of unread frames stop the reading. */
const unreadLimit = 8 * 1024 * 1024

/** After this time in one turn of the event loop the other connections are read in the next, in ms. */
const turnLimitMs = 2

/** A GramJS logger that says nothing: GramJS writes to the console. */
export const silentLogger = new Logger(LogLevel.NONE)

/**
 * Seam: stands in for GramJS's TCP connection and codec in its MTProtoSender, which calls `connect`, `send`, `recv`,
 * `disconnect` and `isConnected` only. GramJS's own joins its whole backlog at every read, under one lock for all
 * sockets of the process, waits for a connection for ever and counts CRC-32 in JavaScript.
 */
export class Transport extends Connection {
  /** When bytes last came, in `performance.now()` ms. */
  lastByteAt = performance.now()
  #socket: Socket | null = null
  #frames: Buffer[] = []
  #unread = 0
  #sent = 0
  #receiver: { resolve: (frame: Buffer) => void, reject: (error: Error) => void } | null = null
  #lost: ConnectionLost | null = null

  /** Whatever is to be sent while `maySend` says no ends the connection instead. */
  constructor (readonly endpoint: Endpoint, readonly connectMs: number, readonly maySend: () => boolean = () => true) {
    super({
      ip: endpoint.host, port: endpoint.port, dcId: endpoint.dcId, loggers: silentLogger, socket: PromisedNetSockets, testServers: false
    })
  }

  /** Why the connection is over, or null. */
  get lost (): ConnectionLost | null {
    return this.#lost
  }

  override async connect (): Promise<void> {
    const { host, port } = this.endpoint
    const frames = createFrameReader()
    await new Promise<void>((resolve, reject) => {
      const socket = connectTcp({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000, onread: this.#readInto(frames) })
      this.#socket = socket
      const timer = setTimeout(() => this.fail(new ConnectionLost(`no connection within ${this.connectMs} ms`)), this.connectMs)
      socket.once('connect', () => { clearTimeout(timer); this._connected = true; resolve() })
      socket.once('error', error => this.fail(new ConnectionLost(error.message, null, { cause: error })))
      socket.once('close', () => { clearTimeout(timer); this.fail(new ConnectionLost('Telegram closed the connection')); reject(this.#lost) })
      socket.resume()
    })
  }

  /** Ends the connection for this reason. Only the first one counts. */
  fail (error: ConnectionLost): void {
    this.#lost ??= error
    this._connected = false
    this.#socket?.destroy()
    this.#receiver?.reject(this.#lost)
    this.#receiver = null
  }

  /** Lets the socket read into the frames' own memory: no chunk is allocated, and a MiB takes a few reads instead of sixteen. */
  #readInto (frames: FrameReader) {
    return {
      buffer: () => frames.room(),
      callback: (count: number) => {
        this.#receive(frames, count)
        return true
      }
    }
  }

  #receive (frames: FrameReader, count: number): void {
    this.lastByteAt = performance.now()
    if (turnMs() > turnLimitMs) this.#pauseForTurn()
    try {
      for (const payload of frames.filled(count)) this.#hand(payload)
    } catch (error) {
      this.fail(new ConnectionLost(error instanceof Error ? error.message : 'bad frame', null, { cause: error }))
    }
  }

  #pauseForTurn (): void {
    this.#socket?.pause()
    setImmediate(() => this.#resume())
  }

  #resume (): void {
    if (this.#unread <= unreadLimit) this.#socket?.resume()
  }

  #hand (payload: Buffer): void {
    if (payload.length === 4) {
      const code = Math.abs(payload.readInt32LE(0))
      return this.fail(new ConnectionLost(`transport error -${code}`, code))
    }
    if (this.#receiver !== null) {
      this.#receiver.resolve(payload)
      this.#receiver = null
      return
    }
    this.#frames.push(payload)
    this.#unread += payload.length
    if (this.#unread > unreadLimit) this.#socket?.pause()
  }

  override recv (): Promise<Buffer> {
    const frame = this.#frames.shift()
    if (frame === undefined) {
      if (this.#lost !== null) return Promise.reject(this.#lost)
      return new Promise((resolve, reject) => { this.#receiver = { resolve, reject } })
    }
    this.#unread -= frame.length
    this.#resume()
    return Promise.resolve(frame)
  }

  override async send (data: Buffer): Promise<void> {
    if (!this.maySend()) this.fail(new ConnectionLost('another process may be using the session'))
    if (this.#lost !== null || this.#socket === null) throw this.#lost ?? new ConnectionLost('not connected')
    this.#socket.write(encodeFrame(data, this.#sent++))
  }

  override async disconnect (): Promise<void> {
    this.fail(new ConnectionLost('closed'))
  }

  override isConnected (): boolean {
    return this._connected
  }
}
