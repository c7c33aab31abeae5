import { html } from 'ghtml'
import type { Described } from '../errors.js'
import { paper } from './drawings.js'
import { documentOf } from './layout.js'

/** What a person is told whose link leads to no page. */
export function problemPage ({ status, code, detail }: Described, base: string): string {
  const title = code === 'UNKNOWN_PATH' ? 'There is nothing here' : titles[status] ?? 'This did not work'
  return documentOf({
    title,
    base,
    body: html`<div class="sheet">!${paper}</div>
<h1>${title}</h1>
<p class="lead">${detail.charAt(0).toUpperCase() + detail.slice(1)}.</p>`
  })
}

const titles: Readonly<Record<number, string>> = {
  403: 'This link cannot be used',
  404: 'There is no such file',
  410: 'This file is gone',
  429: 'Too many requests',
  503: 'Not just now'
}
