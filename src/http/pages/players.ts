/** A player that is opened by an address of its own kind. */
export interface Player {
  readonly name: string
  readonly runsOn: string
  readonly url: string
}

/** The players for the file at `url`. `title` is what they show, where they can be told. */
export function playersFor (url: string, title: string): Player[] {
  const encoded = encodeURIComponent(url)
  const [scheme = 'https', rest = ''] = url.split('://')
  return [
    { name: 'VLC', runsOn: 'nearly every device', url: `vlc://${url}` },
    // https://mpv.io/manual/stable/#protocols: the scheme is stripped, and what is left is opened.
    { name: 'mpv', runsOn: 'computers', url: `mpv://${url}` },
    { name: 'IINA', runsOn: 'macOS', url: `iina://weblink?url=${encoded}` },
    { name: 'PotPlayer', runsOn: 'Windows', url: `potplayer://${url}` },
    // https://developer.chrome.com/docs/android/intents
    { name: 'MX Player', runsOn: 'Android', url: `intent://${rest}#Intent;scheme=${scheme};package=com.mxtech.videoplayer.ad;S.title=${encodeURIComponent(title)};end` },
    { name: 'Infuse', runsOn: 'iPhone, Apple TV', url: `infuse://x-callback-url/play?url=${encoded}` }
  ]
}
