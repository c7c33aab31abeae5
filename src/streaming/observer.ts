/** What a lane tells whoever measures it. Called for each chunk, so each must cost next to nothing and never throw. Times in ms. */
export interface LaneObserver {
  /** A right chunk came, so long after it was asked for, whether or not somebody still waits for it. */
  fetched (bytes: number, ms: number): void
  /** A request failed, with what its source threw. */
  failed (error: unknown): void
  /** It gave a chunk that had failed on another way. */
  stoodIn (): void
  /** It was asked as well, because a chunk was overdue elsewhere. */
  hedged (): void
  /** The first chunk of a stream came over it, so long after the stream was asked for. */
  firstByte (ms: number): void
}

/** What an engine tells whoever measures it, as above. */
export interface EngineObserver {
  /** Asked once for each lane. */
  lane (name: string): LaneObserver
  /** So many bytes of a file went to a reader. */
  delivered (bytes: number): void
}

/** Measures nothing. */
export const nobody: EngineObserver = {
  lane: () => ({ fetched: () => {}, failed: () => {}, stoodIn: () => {}, hedged: () => {}, firstByte: () => {} }),
  delivered: () => {}
}
