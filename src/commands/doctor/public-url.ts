import { bad, doubtful, type Finding, good } from './finding.js'

const about = 'PUBLIC_URL'

/** What came of asking `PUBLIC_URL/healthz`: the answer's body, or why there was none. */
export type Reached = { readonly status: number, readonly body: string } | { readonly reason: string }

/** Judges the address in links. `reached` is `null` where no server runs that could answer. */
export function examinePublicUrl (publicUrl: string, reached: Reached | null): Finding[] {
  return [...shape(new URL(publicUrl)), ...(reached === null ? [] : [reach(publicUrl, reached)])]
}

function shape (url: URL): Finding[] {
  const remedy = 'set PUBLIC_URL to the address under which others reach the server, such as https://files.example.org'
  if (isLoopback(url.hostname)) return [doubtful(about, `${url.origin} means this machine alone, and Telegram takes no buttons with such a link`, remedy)]
  if (isPrivate(url.hostname)) return [doubtful(about, `${url.origin} is an address of a local network: links work only there`, remedy)]
  if (!url.hostname.includes('.') && !url.hostname.startsWith('[')) return [doubtful(about, `${url.hostname} has no dot: Telegram takes no buttons with such a link`, remedy)]
  return [good(about, url.href)]
}

function isLoopback (host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || host === '0.0.0.0' || /^127\./.test(host)
}

/** RFC 1918, RFC 4193 and link-local addresses. */
function isPrivate (host: string): boolean {
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|\[f[cd]|\[fe80)/i.test(host)
}

function reach (publicUrl: string, reached: Reached): Finding {
  const name = `${about} from here`
  if ('reason' in reached) return bad(name, `${publicUrl} cannot be reached: ${reached.reason}`, 'check host, port and https in PUBLIC_URL, the DNS entry, and that the proxy or firewall in front lets it through')
  if (reached.status >= 300 && reached.status < 400) return bad(name, `${publicUrl} only sends on to another address (${reached.status})`, 'put the address where it leads into PUBLIC_URL, mostly the same one with https')
  if (reached.status === 200 && reached.body.trim() === 'ok') return good(name, 'Teleferry answers there')
  return bad(name, `something else than Teleferry answers there (${reached.status})`, `check the port and the path in PUBLIC_URL, and where the proxy in front sends ${publicUrl}/healthz`)
}
