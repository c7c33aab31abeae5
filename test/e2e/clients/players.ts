import { join } from 'node:path'
import t from 'tap'
import { findFreePort } from '../../../src/free-port.js'
import { bytesContent } from '../../../src/sandbox/world/content.js'
import { type Posted, post, startStory, type Teardown } from '../fixtures/story.js'
import { until } from '../fixtures/until.js'
import { type Asked, inWords, noteRequests } from './fixtures/asked.js'
import { colourOff, filmSeconds, makeFilm, sought } from './fixtures/film.js'
import { connectMpv } from './fixtures/mpv.js'
import { makeFolder, run, start, without } from './fixtures/program.js'
import { connectVlc } from './fixtures/vlc.js'

interface Screening extends Posted {
  readonly named: string
  readonly folder: string
  readonly asked: readonly Asked[]
  readonly size: number
}

/** A film behind the running service, which comes so slowly that what is sought has not come by itself. */
async function screen (t: Teardown, container: 'mp4' | 'mkv', bytesPerSecond = 400_000): Promise<Screening> {
  const folder = await makeFolder(t)
  const film = await makeFilm(t, folder, container)
  const story = await startStory(t)
  const mimeType = container === 'mp4' ? 'video/mp4' : 'video/x-matroska'
  const posted = await post(story, story.app, { kind: 'video', name: `film.${container}`, mimeType, content: bytesContent(film), durationSeconds: filmSeconds })
  for (const { id } of story.bots) story.sandbox.shape({ match: { accountId: id }, bytesPerSecond, sharedBy: 'account' })
  return { ...posted, named: `${posted.url}/film.${container}`, folder, asked: noteRequests(t), size: film.length }
}

/** Whether somebody asked for what lies behind the middle of the film, and got it. */
const jumped = ({ asked, size }: Screening) => asked.some(({ start, status }) => status === 206 && start > size / 2)

for (const container of ['mp4', 'mkv'] as const) {
  t.test(`ffprobe reads length and streams of an ${container.toUpperCase()}`, { skip: without('ffmpeg', 'ffprobe') }, async t => {
    const film = await screen(t, container)
    const { stdout } = await run(t, film.folder, 'ffprobe', '-v', 'error', '-show_entries', 'format=duration:stream=codec_name', '-of', 'json', film.named)
    const { streams, format } = JSON.parse(stdout.toString())
    t.same(streams, [{ codec_name: 'h264' }, { codec_name: 'aac' }])
    t.equal(Math.round(format.duration), filmSeconds)
    t.comment(`ffprobe found h264 and aac, ${format.duration} s: ${inWords(film.asked)}`)
  })

  t.test(`ffmpeg seeks to 80 % of an ${container.toUpperCase()} and has the right picture`, { skip: without('ffmpeg') }, async t => {
    const film = await screen(t, container)
    await run(t, film.folder, 'ffmpeg', '-v', 'error', '-nostdin', '-ss', String(sought), '-i', film.named, '-frames:v', '1', '-y', 'picture.png')
    const off = await colourOff(t, film.folder, 'picture.png', sought)
    t.ok(off < 15, `${off.toFixed()}° from the colour of ${sought} s`)
    await until('ffmpeg has gone', () => jumped(film))
    t.comment(`ffmpeg's picture at ${sought} s is ${off.toFixed()}° off: ${inWords(film.asked)}`)
  })

  t.test(`ffmpeg decodes the whole of an ${container.toUpperCase()} without an error`, { skip: without('ffmpeg') }, async t => {
    const film = await screen(t, container, 20_000_000)
    const { stderr } = await run(t, film.folder, 'ffmpeg', '-v', 'error', '-nostdin', '-i', film.named, '-map', '0', '-f', 'null', '-')
    t.equal(stderr, '')
    t.comment(`ffmpeg decoded ${film.size} bytes: ${inWords(film.asked)}`)
  })

  t.test(`mpv plays an ${container.toUpperCase()} and seeks on and back`, { skip: without('mpv', 'ffmpeg') }, async t => {
    const film = await screen(t, container)
    const playing = start(t, film.folder, 'mpv', '--no-config', '--vo=null', '--ao=null', '--pause', '--idle', '--cache=no', '--input-ipc-server=mpv.sock')
    const mpv = await connectMpv(t, join(film.folder, 'mpv.sock'))
    const loaded = mpv.event('playback-restart')
    await mpv.command('loadfile', film.named)
    await loaded
    const offs: number[] = []
    for (const seconds of [sought, 5, sought]) {
      const there = mpv.event('playback-restart')
      await mpv.command('seek', seconds, 'absolute+exact')
      await there
      await mpv.command('screenshot-to-file', 'picture.png', 'video')
      offs.push(await colourOff(t, film.folder, 'picture.png', seconds))
      t.ok(Math.abs(Number(await mpv.command('get_property', 'time-pos')) - seconds) < 0.5)
    }
    t.ok(offs.every(off => off < 15), `${offs.map(off => off.toFixed()).join(', ')}° from the colours of these moments`)
    const before = Number(await mpv.command('get_property', 'time-pos'))
    await mpv.command('set_property', 'pause', 'no')
    await until('it goes on', async () => Number(await mpv.command('get_property', 'time-pos')) > before + 0.5)
    await mpv.command('quit')
    t.equal((await playing.ended).code, 0)
    await until('mpv has gone', () => jumped(film))
    t.comment(`mpv sought ${sought} s, 5 s and ${sought} s: ${inWords(film.asked)}`)
  })

  t.test(`VLC plays an ${container.toUpperCase()} and seeks, with If-Match`, { skip: without('cvlc', 'ffmpeg') }, async t => {
    const film = await screen(t, container)
    const port = await findFreePort()
    start(t, film.folder, 'cvlc', '--no-color', '--intf', 'oldrc', '--rc-fake-tty', '--rc-host', `127.0.0.1:${port}`, '--vout', 'dummy', '--aout', 'dummy', film.named)
    const vlc = await connectVlc(t, port)
    await until('it plays', async () => await vlc.number('get_time') >= 1)
    t.equal(await vlc.number('get_length'), filmSeconds)
    for (const seconds of [Math.round(sought), 10]) {
      await vlc.command(`seek ${seconds}`)
      await until(`it plays on from ${seconds} s`, async () => {
        const played = await vlc.number('get_time') - seconds
        return played >= 1 && played < 10
      })
    }
    await vlc.command('quit')
    await until('VLC has gone', () => jumped(film))
    const conditional = film.asked.filter(({ ifMatch, status }) => ifMatch !== null && status !== null)
    t.ok(conditional.length > 0 && conditional.every(({ status }) => status === 206), inWords(film.asked))
    t.comment(`VLC sought ${Math.round(sought)} s and 10 s, ${conditional.length} times with If-Match: ${inWords(film.asked)}`)
  })
}
