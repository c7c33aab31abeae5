import { randomBytes } from 'node:crypto'
import bigInt from 'big-integer'
import { Api, TelegramClient } from 'telegram'
import { AuthKey } from 'telegram/crypto/AuthKey.js'
import { RPCResult, type TLMessage } from 'telegram/tl/core/index.js'
import { MemorySession } from 'telegram/sessions/index.js'
import { MTProtoSender } from 'telegram/network/index.js'
import { MessagePacker } from 'telegram/extensions/index.js'
import { RPCError } from 'telegram/errors/index.js'
import { MessageState } from './message-state.js'
import { ConnectionLost, silentLogger, type Transport } from './transport.js'

/**
 * What a sender tells its owner. `onUpdate` gets whatever GramJS passes on, `onMissed` that there may have been more than that,
 * `onLost` the end of the connection.
 */
export interface SenderEvents {
  onUpdate (update: unknown): void
  onMissed (): void
  onLost (): void
}

/** So many messages are acknowledged at once. TDLib waits for as many. */
const mostUnacknowledged = 100

/**
 * Seam: GramJS's MTProtoSender (encryption, message ids, salts, acknowledgements) for one connection and no longer.
 * - `reconnect` ends it instead: GramJS's own loop prints, holds timers that keep the process alive, resends calls that
 *   nobody waits for any more and, with a key that Telegram no longer knows, never ends.
 * - An error inside a container does not take the messages behind it along, as it does in GramJS.
 * - What arrives is acknowledged in time. GramJS does so with the next call, which a bot that only listens may never make: Telegram then has
 *   thousands of messages to send again, and one acknowledgement may name 8192 at most.
 * - Messages are encrypted, numbered and read by `MessageState`.
 * It is used without TelegramClient, whose pings, reconnects and update handlers have bugs of their own.
 */
export class Sender extends MTProtoSender {
  readonly #transport: Transport
  readonly #events: SenderEvents
  readonly #state: MessageState
  readonly #ackMs: number
  #acknowledging: NodeJS.Timeout | undefined

  constructor (key: AuthKey, transport: Transport, events: SenderEvents, ackMs: number) {
    super(key, {
      logger: silentLogger,
      dcId: transport.endpoint.dcId,
      retries: 1,
      reconnectRetries: 0,
      delay: 0,
      autoReconnect: false,
      connectTimeout: null,
      authKeyCallback: null,
      // For any other sender, GramJS takes AUTH_KEY_UNREGISTERED as a reason to tear down.
      isMainSender: true,
      updateCallback: (_client: unknown, update: unknown) => events.onUpdate(update),
      client: bystander,
      securityChecks: true,
      _exportedSenderPromises: new Map()
    })
    this.#transport = transport
    this.#events = events
    this.#ackMs = ackMs
    const state = new MessageState(this.authKey, error => transport.fail(new ConnectionLost(error.message, null, { cause: error })), () => events.onMissed())
    this.#state = state
    Object.assign(this, { _state: state, _sendQueue: new MessagePacker(state, silentLogger) })
  }

  /** How far the server's clock is ahead of ours, as far as it is known. */
  get clockAheadSeconds (): number {
    return this.#state.timeOffset
  }

  /** Connects and, without a key, makes one. Throws what went wrong; may hang, so give it a deadline. */
  async open (): Promise<void> {
    this._connection = this.#transport
    await this._connect()
  }

  override reconnect (): void {
    this.#events.onLost()
  }

  /**
   * core.telegram.org/mtproto/service_messages#new-session-creation-notification: the client should ask for what it missed, and send again
   * what it sent before the session's first message, for Telegram has forgotten that.
   */
  override async _handleNewSessionCreated (message: TLMessage): Promise<void> {
    await super._handleNewSessionCreated(message)
    this.#sendAgainBefore(message.obj.firstMsgId)
    this.#events.onMissed()
  }

  /** A container has a later number than what is in it, and may be the first message itself. */
  #sendAgainBefore (firstId: bigInt.BigInteger): void {
    const isBefore = (id: bigInt.BigInteger | undefined) => id === undefined || id.lesser(firstId)
    const forgotten = this['_pendingState'].values().filter(({ msgId, containerId }) => isBefore(msgId) && isBefore(containerId))
    for (const { msgId } of forgotten) if (msgId !== undefined) this['_pendingState'].delete(msgId)
    this['_sendQueue'].extend(forgotten)
  }

  override async _processMessage (message: TLMessage): Promise<void> {
    try {
      await super._processMessage(message)
    } catch (error) {
      // Something in it is of a later layer than GramJS knows. In an answer, that is told to whoever called.
      if (!(message.obj instanceof RPCResult)) this.#events.onMissed()
      throw error
    } finally {
      // Else the answer to each ping would be a reason for another one.
      if (!(message.obj instanceof Api.Pong)) this.#acknowledgeInTime()
    }
  }

  /** A call without consequences. */
  ping (): void {
    // Not ping_delay_disconnect, which GramJS uses: with it Telegram closes the connection unless another one follows in time,
    // also while it is busy and needs no probe.
    this.send(new Api.Ping({ pingId: bigInt(randomBytes(6).readUIntBE(0, 6)) }))?.catch(() => {})
  }

  override async disconnect (): Promise<void> {
    clearTimeout(this.#acknowledging)
    await super.disconnect()
  }

  #acknowledgeInTime (): void {
    // Some messages bring several, and a Pong that is the hundredth is not looked at.
    if (this['_pendingAck'].size >= mostUnacknowledged) this.#acknowledge()
    else this.#acknowledging ??= setTimeout(() => this.#acknowledge(), this.#ackMs).unref()
  }

  /** Acknowledgements go with whatever is sent. */
  #acknowledge (): void {
    clearTimeout(this.#acknowledging)
    this.#acknowledging = undefined
    if (this.#transport.isConnected() && this['_pendingAck'].size > 0) this.ping()
  }

  override async _handleContainer (message: TLMessage): Promise<void> {
    for (const inner of messagesIn(message)) {
      try {
        await this._processMessage(inner)
      } catch (error) {
        // The caller of that request has been told already.
        if (!(error instanceof RPCError)) await bystander._errorHandler?.(asError(error))
      }
    }
  }
}

/** An authorisation key for GramJS; empty where there is none yet. */
export async function asAuthKey (key: Uint8Array | null): Promise<AuthKey> {
  const authKey = new AuthKey()
  if (key !== null) await authKey.setKey(Buffer.from(key))
  return authKey
}

function messagesIn (message: TLMessage): readonly TLMessage[] {
  const container: { messages?: readonly TLMessage[] } = message.obj
  return container.messages ?? []
}

function asError (error: unknown): Error {
  return error instanceof Error ? error : new Error('GramJS failed', { cause: error })
}

/** The client that a sender wants for its error handler. It never connects. */
const bystander = new TelegramClient(new MemorySession(), 1, 'unused', { baseLogger: silentLogger })
// A frame that cannot be read; whoever waits for it runs into the deadline.
bystander.onError = async () => {}
