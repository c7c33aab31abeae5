import t from 'tap'
import { buttonUrl } from '../../../src/sandbox/services/button-rules.js'

t.test('buttons lead to hosts with a dot, by http, https, tg and ton only', async t => {
  const good = ['https://ferry.example/download/a?b=1', 'http://127.0.0.1:8080/x', 'http://[::1]:8080/x', 'ferry.example', 'tg://resolve?domain=x', 'HTTPS://FERRY.EXAMPLE']
  const bad = ['http://localhost:8080/x', 'https://ferry/x', 'localhost', 'ftp://ferry.example/x', 'javascript:alert(1)', 'http://', '', 'https://ferry.example/a b', 'file:///etc/passwd', 'http://localhost./x']
  t.same(good.filter(url => buttonUrl(url) === null), [])
  t.same(bad.filter(url => buttonUrl(url) !== null), [])
})
