import t from 'tap'
import { parseHttpDate } from '../../src/http/http-date.js'

const moment = Date.UTC(1994, 10, 6, 8, 49, 37)
const now = Date.UTC(2026, 10, 21)

t.test('the three forms of a date mean the same moment', async t => {
  for (const text of ['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994']) t.equal(parseHttpDate(text, now), moment, text)
})

t.test('what the server sends is read back, whatever the moment', async t => {
  for (let at = Date.UTC(1970, 0, 1); at < Date.UTC(2400, 0, 1); at += 40_000_003_000) t.equal(parseHttpDate(new Date(at).toUTCString()), at)
})

t.test('two digits of a year are at most fifty years ahead', async t => {
  const year = (digits: string) => new Date(parseHttpDate(`Sunday, 06-Nov-${digits} 08:49:37 GMT`, now) ?? NaN).getUTCFullYear()
  t.same(['26', '27', '76', '77', '99', '00'].map(year), [2026, 2027, 2076, 1977, 1999, 2000])
})

t.test('a leap second and a leap day count', async t => {
  t.equal(parseHttpDate('Sat, 31 Dec 2016 23:59:60 GMT'), Date.UTC(2017, 0, 1))
  t.equal(parseHttpDate('Thu, 29 Feb 2024 00:00:00 GMT'), Date.UTC(2024, 1, 29))
})

t.test('what JavaScript takes for a date and HTTP does not is none', async t => {
  const none = ['', 'nonsense', '0', '2026', '2026-02-03', '2026-02-03T04:05:06Z', 'Sun, 06 Nov 1994 08:49:37', 'Sun, 06 Nov 1994 08:49:37 UTC', 'Sun, 06 Nov 1994 08:49:37 +0100',
    'Sun, 6 Nov 1994 08:49:37 GMT', 'Sun, 31 Feb 2026 08:49:37 GMT', 'Sun, 29 Feb 2026 00:00:00 GMT', 'Sun, 00 Nov 1994 08:49:37 GMT', 'Sun, 06 Nov 1994 24:00:00 GMT', 'Sun, 06 Nov 1994 08:60:00 GMT',
    'Sun, 06 Nov 94 08:49:37 GMT', 'sun, 06 nov 1994 08:49:37 gmt', 'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT', 'Sun Nov 6 08:49:37 1994', '"etag"']
  for (const text of none) t.equal(parseHttpDate(text), null, text)
})
