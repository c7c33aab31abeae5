import { type FileContent, syntheticContent } from './content.js'

/** What a file was sent as. */
export type FileKind = 'document' | 'video' | 'audio' | 'voice' | 'video_note' | 'animation' | 'photo' | 'sticker'

/** One picture of a photo, or a thumbnail of a document. `steps`: the byte counts of a progressive JPEG, rising to its size. `inline` pictures travel inside the message. */
export interface Picture {
  readonly letter: string
  readonly width: number
  readonly height: number
  readonly content: FileContent
  readonly steps: readonly number[] | null
  readonly inline: boolean
}

/** What a document tells about itself. Durations in seconds. */
export type DocumentAttribute =
  | { readonly kind: 'filename', readonly name: string }
  | { readonly kind: 'video', readonly duration: number, readonly width: number, readonly height: number, readonly round: boolean, readonly streaming: boolean, readonly silent: boolean }
  | { readonly kind: 'audio', readonly duration: number, readonly voice: boolean, readonly title: string | null, readonly performer: string | null }
  | { readonly kind: 'animated' }
  | { readonly kind: 'sticker', readonly alt: string }
  | { readonly kind: 'imageSize', readonly width: number, readonly height: number }

interface Stored {
  readonly id: bigint
  /** The data centre that holds the bytes; it may change. */
  dcId: number
  /** Unix seconds. */
  readonly date: number
}

/** Anything but a photo. */
export interface StoredDocument extends Stored {
  readonly kind: 'document'
  readonly content: FileContent
  readonly mimeType: string
  readonly attributes: readonly DocumentAttribute[]
  readonly thumbs: readonly Picture[]
}

/** A photo: the same picture in several sizes, the smallest first. */
export interface StoredPhoto extends Stored {
  readonly kind: 'photo'
  readonly sizes: readonly Picture[]
}

export type StoredFile = StoredDocument | StoredPhoto

/** What a file is to be. `durationSeconds`, `width` and `height` where the kind has them; `progressive` for photos. */
export interface FileSpec {
  readonly kind: FileKind
  readonly content: FileContent
  readonly name?: string
  readonly mimeType?: string
  readonly durationSeconds?: number
  readonly width?: number
  readonly height?: number
  readonly title?: string
  readonly performer?: string
  readonly emoji?: string
  readonly progressive?: boolean
}

/** A file as `spec` describes it. `date` in unix seconds. */
export function makeFile (spec: FileSpec, id: bigint, dcId: number, date: number): StoredFile {
  if (spec.kind === 'photo') return { kind: 'photo', id, dcId, date, sizes: photoSizes(spec, id) }
  const mimeType = spec.mimeType ?? MIME_TYPES[spec.kind]
  return { kind: 'document', id, dcId, date, content: spec.content, mimeType, attributes: attributesOf(spec), thumbs: thumbsOf(spec, id) }
}

/** The picture that a location's `thumb_size` names; `null` where there is none to fetch. */
export function pictureOf (file: StoredFile, letter: string): Picture | null {
  const pictures = file.kind === 'photo' ? file.sizes : file.thumbs
  return pictures.find(picture => picture.letter === letter && !picture.inline) ?? null
}

const MIME_TYPES: Record<Exclude<FileKind, 'photo'>, string> = {
  document: 'application/octet-stream',
  video: 'video/mp4',
  audio: 'audio/mpeg',
  voice: 'audio/ogg',
  video_note: 'video/mp4',
  animation: 'video/mp4',
  sticker: 'image/webp'
}

function attributesOf (spec: FileSpec): DocumentAttribute[] {
  const own = kindAttributes(spec)
  return spec.name === undefined ? own : [...own, { kind: 'filename', name: spec.name }]
}

function kindAttributes (spec: FileSpec): DocumentAttribute[] {
  const video = { kind: 'video' as const, duration: spec.durationSeconds ?? 10, width: spec.width ?? 1280, height: spec.height ?? 720, round: false, streaming: true, silent: false }
  const audio = { kind: 'audio' as const, duration: Math.round(spec.durationSeconds ?? 10), voice: false, title: spec.title ?? null, performer: spec.performer ?? null }
  switch (spec.kind) {
    case 'video': return [video]
    case 'video_note': return [{ ...video, width: spec.width ?? 384, height: spec.height ?? 384, round: true, streaming: false }]
    case 'animation': return [{ ...video, streaming: false, silent: true }, { kind: 'animated' }]
    case 'audio': return [audio]
    case 'voice': return [{ ...audio, voice: true }]
    case 'sticker': return [{ kind: 'imageSize', width: spec.width ?? 512, height: spec.height ?? 512 }, { kind: 'sticker', alt: spec.emoji ?? '⛴' }]
    case 'document':
    case 'photo': return []
  }
}

function thumbsOf (spec: FileSpec, id: bigint): Picture[] {
  const pictured = spec.kind === 'video' || spec.kind === 'video_note' || spec.kind === 'animation' || spec.kind === 'sticker'
  return pictured ? [stripped(id), smaller(id, 'm', 320, 4 / 3)] : []
}

/** The boxes that pictures are fitted into: core.telegram.org/api/files#image-thumbnail-types. */
const BOXES = [['s', 100], ['m', 320], ['x', 800], ['y', 1280], ['w', 2560]] as const

function photoSizes (spec: FileSpec, id: bigint): Picture[] {
  const width = spec.width ?? 1280
  const height = spec.height ?? 960
  const side = Math.max(width, height)
  const letter = BOXES.find(([, box]) => side <= box)?.[0] ?? 'w'
  const below = BOXES.filter(([, box]) => box < side && box > 100).map(([name, box]) => smaller(id, name, box, width / height))
  const { size } = spec.content
  const steps = spec.progressive === true ? [0.1, 0.3, 0.6, 1].map(part => Math.ceil(size * part)) : null
  const largest = { letter, width, height, content: spec.content, steps, inline: false }
  return [stripped(id), ...below.filter(picture => picture.letter !== letter), largest]
}

function smaller (id: bigint, letter: string, box: number, ratio: number): Picture {
  const width = Math.round(ratio >= 1 ? box : box * ratio)
  const height = Math.round(ratio >= 1 ? box / ratio : box)
  return { letter, width, height, content: syntheticContent(`${id} ${letter}`, box * 40), steps: null, inline: false }
}

function stripped (id: bigint): Picture {
  return { letter: 'i', width: 40, height: 30, content: syntheticContent(`${id} i`, 60), steps: null, inline: true }
}
