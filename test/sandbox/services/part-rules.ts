import t from 'tap'
import { partProblem } from '../../../src/sandbox/services/part-rules.js'

const KIB = 1024
const MIB = 1024 * KIB

t.test('without `precise` exactly the powers of two from 4 KiB to 1 MiB are limits', async t => {
  const legal: number[] = []
  for (let limit = 0; limit <= 2 * MIB; limit += KIB) if (partProblem(0, limit, false) === null) legal.push(limit / KIB)
  t.same(legal, [4, 8, 16, 32, 64, 128, 256, 512, 1024])
})

t.test('with `precise` every multiple of 1 KiB up to 1 MiB is a limit', async t => {
  for (let limit = 0; limit <= 2 * MIB; limit += 512) {
    const legal = limit > 0 && limit <= MIB && limit % KIB === 0
    if ((partProblem(0, limit, true) === null) !== legal) t.fail(`a limit of ${limit}`)
  }
})

t.test('a part that reaches into the next mebibyte is refused for its limit', async t => {
  t.equal(partProblem(983040, 131072, false), 'LIMIT_INVALID')
  t.equal(partProblem(4096, MIB, false), 'LIMIT_INVALID')
  t.equal(partProblem(MIB - KIB, 2 * KIB, true), 'LIMIT_INVALID')
  t.equal(partProblem(MIB - 4 * KIB, 4 * KIB, false), null)
  t.equal(partProblem(4000 * MIB, MIB, false), null)
})

t.test('an offset off the grid, or none at all, is refused', async t => {
  t.equal(partProblem(KIB, 4 * KIB, false), 'OFFSET_INVALID')
  t.equal(partProblem(KIB, 4 * KIB, true), null)
  t.equal(partProblem(512, KIB, true), 'OFFSET_INVALID')
  t.equal(partProblem(-4096, 4096, false), 'OFFSET_INVALID')
  t.equal(partProblem(2 ** 53, 4096, false), 'OFFSET_INVALID')
})
