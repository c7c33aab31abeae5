import { html } from 'ghtml'
import { formatSize } from '../../format-size.js'
import type { Links } from '../../links/links.js'
import type { MediaFile } from '../../media.js'
import { arrowDown, list, note, paper, poster, sheets } from './drawings.js'
import { documentOf } from './layout.js'
import { playersFor } from './players.js'

/** What the page needs: the file, its links as the world writes them, and the same links within this server. */
export interface Watched {
  readonly file: MediaFile
  readonly links: Links
  readonly local: Links
  readonly base: string
}

/** `unshown`: a film or sound of which a browser knows no more than its name. */
type Shown = 'video' | 'audio' | 'image' | 'unshown' | 'file'

/** The page on which a file is watched, heard or looked at, with the ways to have it elsewhere. */
export function watchPage (watched: Watched): string {
  const { file, base } = watched
  const title = file.name ?? 'A file'
  return documentOf({ title, base, scripted: true, head: previewTags(watched, title), body: watchBody(watched, title) })
}

function watchBody ({ file, links, local }: Watched, title: string): string {
  const shown = shownAs(file)
  const isPlayed = shown === 'video' || shown === 'audio' || shown === 'unshown'
  return html`!${stage(shown, file, local)}
<h1>${title}</h1>
<p class="facts">${factsOf(file)}</p>
<div class="actions">
<a class="button main" href="${withDownload(local.download)}" download>!${arrowDown}Download</a>
!${isPlayed ? html`<a class="button" href="${local.playlist}">!${list}Playlist</a>` : ''}
</div>
<div class="address">
<input id="link" readonly value="${links.download}" aria-label="Link to the file">
<button class="button" id="copy" type="button" hidden>!${sheets}<span>Copy link</span></button>
</div>
<p class="said" id="said" role="status"></p>
!${isPlayed ? playerSection(links.download, title, local.playlist) : ''}`
}

function stage (shown: Shown, { mimeType, name }: MediaFile, { download }: Links): string {
  const source = html`<source src="${download}" type="${mimeType}">`
  switch (shown) {
    case 'video': return html`<div class="stage" id="stage"><video controls playsinline preload="metadata" poster="${poster}" aria-label="${name}">!${source}</video></div>!${unplayable}`
    case 'audio': return html`<div class="stage sound" id="stage">!${note}<audio controls preload="metadata" aria-label="${name}">!${source}</audio></div>!${unplayable}`
    case 'image': return html`<div class="stage"><img src="${download}" alt="${name}"></div>`
    case 'unshown': return html`<div class="sheet">!${paper}</div><p class="note">!${elsewhere}</p>`
    case 'file': return html`<div class="sheet">!${paper}</div>`
  }
}

const elsewhere = 'This browser cannot play this kind of file. Open it in one of the players below, or download it.'
const unplayable = `<p class="note" id="unplayable" role="alert" hidden>${elsewhere}</p>`

function playerSection (url: string, title: string, playlist: string): string {
  const items = playersFor(url, title).map(({ name, runsOn, url }) => html`<li><a class="button" href="${url}">${name}<small>${runsOn}</small></a></li>`)
  return html`<section aria-labelledby="players">
<h2 id="players">Open in a player</h2>
<ul class="players">
!${items.join('\n')}
</ul>
<p class="hint">It does not play here, has no sound, or lacks its subtitles? A player knows more kinds of files than a browser. If a button does nothing, the player is not installed or does not listen to it: open the <a href="${playlist}">playlist</a>, or paste the link into the player.</p>
</section>`
}

/** https://ogp.me: what chats show of the page. */
function previewTags ({ file, links }: Watched, title: string): string {
  const shown = shownAs(file)
  const media = shown === 'file' || shown === 'unshown' ? [] : [[`og:${shown}`, links.download], [`og:${shown}:type`, file.mimeType]]
  const tags = [
    ['og:site_name', 'Teleferry'], ['og:type', shown === 'video' ? 'video.other' : 'website'], ['og:title', title],
    ['og:description', factsOf(file)], ['og:url', links.watch], ...media
  ]
  const lines = tags.map(([property, content]) => html`<meta property="${property}" content="${content}">`)
  return [...lines, html`<meta name="description" content="${factsOf(file)}">`, ''].join('\n')
}

function factsOf ({ size, mimeType }: MediaFile): string {
  return [size === null ? null : formatSize(size), mimeType].filter(fact => fact !== null && fact !== '').join(' · ') || 'Size and type are not known'
}

/** Pictures only of kinds that every browser shows, which excludes those that can carry a script. */
function shownAs ({ name, mimeType }: MediaFile): Shown {
  const type = mimeType?.toLowerCase() ?? ''
  if (type.startsWith('video/')) return 'video'
  if (type.startsWith('audio/')) return 'audio'
  if (/^image\/(?:jpeg|png|gif|webp|avif)$/.test(type)) return 'image'
  return says.nothing.test(type) && says.media.test(name ?? '') ? 'unshown' : 'file'
}

/** Types that tell no browser what to do, and endings of films and sounds: Telegram's users send many of them with such a type, or none. */
const says = {
  nothing: /^(?:|(?:application|binary)\/octet-stream|application\/(?:x-matroska|mp4|ogg))$/,
  media: /\.(?:mkv|avi|m?ts|m2ts|mp4|m4v|mov|webm|wmv|asf|flv|mpe?g|vob|3gp|og[gvma]|opus|rm(?:vb)?|divx|mk[a3]|mp[23]|m4[ab]|aac|ac3|dts|flac|wav|wma|ape|aiff?)$/i
}

function withDownload (url: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}download`
}
