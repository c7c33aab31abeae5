import { createHash } from 'node:crypto'
import { html } from 'ghtml'
import { favicon, ferry } from './drawings.js'
import { script } from './script.js'
import { style } from './style.js'

/** One page. `head` and `body` are HTML. */
export interface Page {
  readonly title: string
  readonly head?: string
  readonly body: string
  /** Whether the page brings its script. */
  readonly scripted?: boolean
  /** What comes before the paths of this server, such as '' or '/files'. */
  readonly base: string
}

/** The page as a document. Whatever is put into it is escaped but where it is HTML of ours. */
export function documentOf ({ title, head = '', body, scripted = false, base }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="icon" href="${favicon}">
!${head}<style>!${style}</style>
</head>
<body>
<header><a class="brand" href="${base}/">!${ferry}Teleferry</a></header>
<main>
!${body}
</main>
<footer>Carried out of Telegram, as it lies there.</footer>
!${scripted ? `<script>${script}</script>` : ''}
</body>
</html>
`
}

/** A page's headers: it runs our script and nothing else, has our style, shows this server's media, sends nothing anywhere and stands in no frame. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'", "media-src 'self'", "img-src 'self' data:", `style-src ${hashOf(style)}`, `script-src ${hashOf(script)}`,
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"
  ].join('; '),
  'cache-control': 'private, no-cache',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex'
}

/** As a policy names what stands in the page: https://www.w3.org/TR/CSP3/#grammardef-hash-source */
function hashOf (text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
