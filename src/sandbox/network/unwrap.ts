import { BinaryReader } from 'telegram/extensions/BinaryReader.js'
import { Api } from 'telegram/tl/index.js'
import { LAYER, tlobjects } from 'telegram/tl/AllTLObjects.js'
import { RpcError, type ClientInfo } from './types.js'

/** A call freed of `invokeWithLayer`, `initConnection`, `invokeAfterMsg(s)` and `invokeWithoutUpdates`, and what these said. */
export interface UnwrappedCall {
  readonly request: Api.AnyRequest
  readonly layer: number | null
  readonly client: ClientInfo | null
  readonly after: readonly bigint[]
  readonly withoutUpdates: boolean
}

/** Reads a call. Throws RpcError in Telegram's words where it is none of layer 198. */
export function readCall (body: Buffer): UnwrappedCall {
  let call: UnwrappedCall = { request: parse(body), layer: null, client: null, after: [], withoutUpdates: false }
  for (let next = peel(call); next !== null; next = peel(call)) call = next
  if (call.client !== null && call.layer === null) throw new RpcError(400, 'CONNECTION_LAYER_INVALID')
  if (call.layer !== null && call.layer !== LAYER) throw new RpcError(400, 'CONNECTION_LAYER_INVALID')
  return call
}

function parse (body: Buffer): Api.AnyRequest {
  const constructor = body.readUInt32LE(0)
  const known: unknown = Reflect.get(tlobjects, constructor)
  if (known === undefined) throw new RpcError(400, `INPUT_METHOD_INVALID_${constructor}_${LAYER}`)
  const reader = new BinaryReader(body)
  const request = readObject(reader)
  if (!isRequest(request)) throw new RpcError(400, `INPUT_METHOD_INVALID_${constructor}_${LAYER}`)
  if (reader.tellPosition() !== body.length) throw new RpcError(400, 'INPUT_FETCH_ERROR')
  return request
}

function readObject (reader: BinaryReader): unknown {
  try {
    return reader.tgReadObject()
  } catch {
    throw new RpcError(400, 'INPUT_FETCH_ERROR')
  }
}

function isRequest (object: unknown): object is Api.AnyRequest {
  return typeof object === 'object' && object !== null && 'classType' in object && object.classType === 'request'
}

/** Takes off one wrapper; `null` where there is none left. */
function peel (call: UnwrappedCall): UnwrappedCall | null {
  const { request } = call
  if (request instanceof Api.InvokeWithLayer) return { ...call, request: inner(request), layer: request.layer }
  if (request instanceof Api.InitConnection) return { ...call, request: inner(request), client: clientInfo(request) }
  if (request instanceof Api.InvokeWithoutUpdates) return { ...call, request: inner(request), withoutUpdates: true }
  if (request instanceof Api.InvokeAfterMsg) return { ...call, request: inner(request), after: [...call.after, BigInt(request.msgId.toString())] }
  if (request instanceof Api.InvokeAfterMsgs) {
    return { ...call, request: inner(request), after: [...call.after, ...request.msgIds.map(id => BigInt(id.toString()))] }
  }
  return null
}

function inner (wrapper: { readonly query: unknown }): Api.AnyRequest {
  if (!isRequest(wrapper.query)) throw new RpcError(400, 'INPUT_FETCH_ERROR')
  return wrapper.query
}

function clientInfo ({ apiId, deviceModel, systemVersion, appVersion, langCode }: Api.InitConnection): ClientInfo {
  return { apiId, deviceModel, systemVersion, appVersion, langCode }
}
