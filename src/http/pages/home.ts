import { html } from 'ghtml'
import { documentOf } from './layout.js'

/** What a person is told who comes without a link. It lists no files: their links are their keys. */
export function homePage (base: string): string {
  return documentOf({
    title: 'Teleferry',
    base,
    body: html`<h1>Files out of Telegram, to whatever plays them</h1>
<p class="lead">This server carries films, music and other files out of Telegram. They play in a browser or a player at once, with seeking, and downloads go on where they were cut.</p>
<ol class="steps">
<li><strong>Send a file</strong>to one of this server's bots, or forward it there.</li>
<li><strong>Get a link</strong>back from the bot. It leads here.</li>
<li><strong>Open it</strong>in a browser, VLC, mpv, a TV or a download manager.</li>
</ol>
<p class="plain">You came with a link, and see this page? Then a part of it was lost on the way: copy it whole and try again.</p>`
  })
}
