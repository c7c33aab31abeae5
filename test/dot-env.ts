import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { readDotEnv } from '../src/dot-env.js'

/** In a folder of its own, as a program that is started there. */
async function enter (t: { teardown (end: () => unknown): void }): Promise<string> {
  const before = process.cwd()
  const folder = await mkdtemp(join(tmpdir(), 'teleferry-test-'))
  process.chdir(folder)
  t.teardown(async () => {
    process.chdir(before)
    await rm(folder, { recursive: true })
  })
  return join(folder, '.env')
}

t.test('it adds to the environment, which wins, and need not be there', async t => {
  const file = await enter(t)
  readDotEnv()
  await writeFile(file, 'TELEFERRY_TEST_ONE=file\nTELEFERRY_TEST_TWO=file\n')
  process.env['TELEFERRY_TEST_ONE'] = 'environment'
  readDotEnv()
  t.same([process.env['TELEFERRY_TEST_ONE'], process.env['TELEFERRY_TEST_TWO']], ['environment', 'file'])
})

t.test('a folder is told as one', async t => {
  await mkdir(await enter(t))
  t.throws(readDotEnv, { code: 'DOT_ENV', message: /^\.env is a folder, and must be a file/ })
})

t.test('a file that this user may not read is told as one', { skip: process.getuid?.() === 0 && 'root reads everything' }, async t => {
  const file = await enter(t)
  await writeFile(file, '')
  await chmod(file, 0)
  t.throws(readDotEnv, { code: 'DOT_ENV', message: /^\.env cannot be read \(EACCES\)/ })
})
