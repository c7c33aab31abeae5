import bigInt from 'big-integer'
import t from 'tap'
import { Api } from 'telegram'
import type { FileLocation } from '../../src/telegram/file-id.js'
import { inputLocation } from '../../src/telegram/file-id.js'
import { getFile } from '../../src/telegram/get-file.js'

const location: FileLocation = { kind: 'document', dcId: 2, id: '-5123456789012345678', accessHash: '6789012345678901234', reference: Uint8Array.from({ length: 25 }, (_, index) => index), thumb: '' }

t.test('a request has the bytes that GramJS itself would write, for documents and photos, alone and wrapped', async t => {
  for (const one of [location, { ...location, kind: 'photo', thumb: 'y' } satisfies FileLocation]) {
    for (const [offset, limit] of [[0, 4096], [1_048_576, 1_048_576], [2 ** 32 - 4096, 4096], [4_194_299_904, 4096]] as const) {
      const ours = getFile(one, offset, limit)
      const theirs = new Api.upload.GetFile({ location: inputLocation(one), offset: bigInt(offset), limit })
      t.same(ours.getBytes(), theirs.getBytes(), `${one.kind} at ${offset}`)
      t.same(new Api.InvokeWithLayer({ layer: 1, query: ours }).getBytes(), new Api.InvokeWithLayer({ layer: 1, query: theirs }).getBytes(), 'wrapped')
      t.equal(ours.limit, limit)
    }
  }
})

t.test('a new reference is a new request', async t => {
  const renewed = { ...location, reference: new Uint8Array(25).fill(9) }
  getFile(location, 0, 4096)
  t.same(getFile(renewed, 0, 4096).getBytes(), new Api.upload.GetFile({ location: inputLocation(renewed), offset: bigInt.zero, limit: 4096 }).getBytes())
})
