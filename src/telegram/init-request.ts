import { Api } from 'telegram'
import { LAYER } from 'telegram/tl/AllTLObjects.js'

/** The Telegram application that the bots log in with. */
export interface ApiCredentials {
  readonly apiId: number
  readonly apiHash: string
}

/**
 * Wraps a key's first request, which tells the server the layer and the client. Telegram keeps both with the key.
 * core.telegram.org/api/invoking
 */
export function initialised (apiId: number, query: Api.AnyRequest): Api.InvokeWithLayer {
  const init = new Api.InitConnection({
    apiId, deviceModel: 'Teleferry', systemVersion: `Node.js ${process.versions.node}`, appVersion: '1', langCode: 'en', langPack: '', systemLangCode: 'en', query
  })
  return new Api.InvokeWithLayer({ layer: LAYER, query: init })
}

/**
 * Wraps a request so that GramJS sends it as it is. GramJS chains messages that are sent in the same instant with
 * invokeAfterMsg, and the failure of one is then the failure of the next (MSG_WAIT_FAILED).
 */
export function unchained (query: Api.AnyRequest): Api.InvokeWithLayer {
  return new Api.InvokeWithLayer({ layer: LAYER, query })
}
