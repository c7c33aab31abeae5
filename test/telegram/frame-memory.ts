import t from 'tap'
import { until } from '../e2e/fixtures/until.js'
import { startTestSandbox } from '../fixtures/sandbox.js'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { frameMemory, giveBack } from '../../src/telegram/frame-memory.js'
import { fleetWithFile, sourceOf } from './fixtures/story.js'

const KiB = 1024
const part = (frame: Buffer, length: number) => frame.subarray(48, 48 + length)

t.test('memory that was given back is used for the next frame of that kind', async t => {
  const frame = frameMemory(64 * KiB + 100)
  t.equal(frame.length, 64 * KiB + 100)
  giveBack(part(frame, 64 * KiB))
  t.not(frameMemory(128 * KiB + 100).buffer, frame.buffer, 'of another length')
  t.equal(frameMemory(64 * KiB + 80).buffer, frame.buffer)
  t.not(frameMemory(64 * KiB + 80).buffer, frame.buffer, 'it has a user now')
})

t.test('every part that Telegram sends fits its frame without waste', async t => {
  for (let length = 32 * KiB; length <= 1024 * KiB; length *= 2) {
    const frame = frameMemory(length + 88)
    t.equal(frame.buffer.byteLength, length + 4096)
  }
})

t.test('a frame with several parts is used again when the last of them came back', async t => {
  const frame = frameMemory(4 * 64 * KiB + 200)
  for (const index of [3, 0, 2]) giveBack(frame.subarray(48 + index * 64 * KiB, 48 + (index + 1) * 64 * KiB))
  t.not(frameMemory(4 * 64 * KiB + 200).buffer, frame.buffer, 'one is read still')
  giveBack(frame.subarray(48 + 64 * KiB, 48 + 2 * 64 * KiB))
  t.equal(frameMemory(4 * 64 * KiB + 200).buffer, frame.buffer)

  const short = frameMemory(64 * KiB + 4096 + 200)
  giveBack(part(short, 64 * KiB))
  t.not(frameMemory(64 * KiB + 4096 + 200).buffer, short.buffer, 'the shortest part there is may be read still')
})

t.test('memory that came from elsewhere is not used', async t => {
  const strange = Buffer.allocUnsafeSlow(256 * KiB + 4096)
  giveBack(strange)
  t.not(frameMemory(256 * KiB + 100).buffer, strange.buffer)
  giveBack(frameMemory(1000))
})

t.test('no more than 16 MiB wait to be used again, of the lengths that were used last', async t => {
  const frames = Array.from({ length: 40 }, () => frameMemory(1024 * KiB + 100))
  for (const frame of frames) giveBack(part(frame, 1024 * KiB))
  const known = new Set(frames.map(({ buffer }) => buffer))
  const again = Array.from({ length: 40 }, () => frameMemory(1024 * KiB + 100))
  const reused = again.filter(({ buffer }) => known.has(buffer)).length
  t.equal(reused, 15)

  for (const frame of again) giveBack(part(frame, 1024 * KiB))
  const others = Array.from({ length: 200 }, () => frameMemory(64 * KiB + 100))
  for (const frame of others) giveBack(part(frame, 64 * KiB))
  const kept = new Set(others.map(({ buffer }) => buffer))
  t.equal(others.filter(() => kept.has(frameMemory(64 * KiB + 100).buffer)).length, 200)
})

t.test('a part of a file, as GramJS hands it over, lies in the memory of its frame, and the next one in the same when it is given back', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, file, media, first } = await fleetWithFile(t, sandbox)
  const source = sourceOf(first, bot.id, media)
  const fetch = async (offset: number) => await source.fetch(offset, 512 * KiB, () => {}, new AbortController().signal)
  const one = await fetch(0)
  const two = await fetch(512 * KiB)
  t.not(one.buffer, two.buffer)
  giveBack(one)
  const three = await fetch(1024 * KiB)
  t.equal(three.buffer, one.buffer)
  t.ok(Buffer.from(two).equals(Buffer.from(file.content.read(512 * KiB, 512 * KiB))))
  t.ok(Buffer.from(three).equals(Buffer.from(file.content.read(1024 * KiB, 512 * KiB))))
})

t.test('the short end of a file stays right when it came in one frame with a part that is given back', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, file, media, first } = await fleetWithFile(t, sandbox, { content: syntheticContent('short end', 256 * KiB + 1000), dcId: 2 })
  const source = sourceOf(first, bot.id, media)
  const fetch = async (offset: number, limit: number) => await source.fetch(offset, limit, () => {}, new AbortController().signal)
  await fetch(0, 4 * KiB)
  // Answers that are ready at the same time come in one container; on a busy machine they are not always.
  sandbox.faults.add({ match: { event: 'answer', method: 'upload.GetFile' }, action: { kind: 'delay', ms: 50 } })
  await until('answers that share a frame', async () => {
    const [whole, beside] = await Promise.all([fetch(128 * KiB, 4 * KiB), fetch(0, 32 * KiB)])
    return whole.buffer === beside.buffer
  })
  for (let i = 0; i < 5; i++) {
    const [end, part] = await Promise.all([fetch(256 * KiB, 4 * KiB), fetch(0, 32 * KiB)])
    giveBack(part)
    await fetch(64 * KiB, 32 * KiB)
    t.ok(Buffer.from(end).equals(Buffer.from(file.content.read(256 * KiB, 1000))))
  }
})
