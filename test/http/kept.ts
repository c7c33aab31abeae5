import t from 'tap'
import { kept } from '../../src/http/kept.js'

t.test('one look at a time, whose outcome holds for a while; a failure holds for those who waited', async t => {
  const looks: Array<{ resolve: (value: string) => void, reject: (error: Error) => void }> = []
  let now = 0
  const ask = kept(async () => await new Promise<string>((resolve, reject) => { looks.push({ resolve, reject }) }), 1_000, () => now)
  const asked = [ask(), ask(), ask()]
  now = 5_000
  asked.push(ask())
  t.equal(looks.length, 1, 'however long it takes')
  looks[0]?.resolve('one')
  t.same(await Promise.all(asked), ['one', 'one', 'one', 'one'])
  now = 5_999
  t.equal(await ask(), 'one')
  now = 6_000
  const failing = [ask(), ask()]
  t.equal(looks.length, 2)
  looks[1]?.reject(new Error('it failed'))
  for (const each of failing) await t.rejects(each, { message: 'it failed' })
  const next = ask()
  looks[2]?.resolve('three')
  t.equal(await next, 'three')
})
