import { readFile } from 'node:fs/promises'
import t from 'tap'
import { loadConfig } from '../src/config.js'

const file = new URL('../docker-compose.yml', import.meta.url)
const required = { API_ID: '1', API_HASH: '0123456789abcdef0123456789abcdef', BOT_TOKENS: `1001:${'A'.repeat(35)}` }

type Env = Readonly<Record<string, string>>

/** `${NAME:-otherwise}`: docs.docker.com/reference/compose-file/interpolation */
function interpolate (text: string, env: Env): string {
  return text.replace(/\$\{(\w+):-([^}]*)\}/g, (_whole, name: string, otherwise: string) => env[name] || otherwise)
}

/** What the server gets in its container, and how its port is published, with this `.env`. */
async function compose (env: Env): Promise<{ env: Env, port: Env, graceSeconds: number }> {
  const text = (await readFile(file, 'utf8')).split('\n').filter(line => !/^\s*#/.test(line)).join('\n')
  const [server = ''] = /^ {2}server:\n(?: {4}.*\n)+/m.exec(text) ?? []
  const lines = (pattern: RegExp) => [...server.matchAll(pattern)].map(([, first = '', second = '']) => [first, interpolate(second, env)])
  const [[, minutes = ''] = []] = lines(/^ {4}(stop_grace_period): (\d+)m$/gm)
  return { env: { ...env, ...Object.fromEntries(lines(/^ {6}([A-Z_]+): (.*)$/gm)) }, port: Object.fromEntries(lines(/^ {6}[- ] (host_ip|published|target): "?(.*?)"?$/gm)), graceSeconds: Number(minutes) * 60 }
}

t.test('.env chooses address and port of the machine, and links have that port', async t => {
  const cases: Array<[Env, string, number, string]> = [
    [{}, '', 8080, 'http://localhost:8080'],
    [{ PORT: '9000' }, '', 9000, 'http://localhost:9000'],
    [{ HOST: '127.0.0.1' }, '127.0.0.1', 8080, 'http://localhost:8080'],
    [{ HOST: '::1' }, '::1', 8080, 'http://localhost:8080'],
    [{ HOST: '127.0.0.1', PORT: '9000', FQDN: 'files.example.org' }, '127.0.0.1', 9000, 'http://files.example.org:9000'],
    [{ PORT: '9000', PUBLIC_URL: 'https://files.example.org' }, '', 9000, 'https://files.example.org']
  ]
  for (const [settings, address, number, publicUrl] of cases) {
    const { env, port } = await compose(settings)
    const { http } = loadConfig({ ...required, ...env })
    t.same(port, { host_ip: address, published: String(number), target: String(number) }, JSON.stringify(settings))
    t.same([http.publicUrl, http.host, http.port], [publicUrl, '0.0.0.0', number])
  }
})

t.test('the password of the database may have any characters', async t => {
  const { env } = await compose({ POSTGRES_PASSWORD: 'a@b/c#d?e%' })
  t.equal(env['PGPASSWORD'], 'a@b/c#d?e%')
  t.equal(loadConfig({ ...required, ...env }).database.url, 'postgres://teleferry@database:5432/teleferry')
})

t.test('the server is left as long to end as the longest SHUTDOWN_GRACE and its closing take', async t => {
  const { graceSeconds } = await compose({})
  t.ok(graceSeconds * 1000 > loadConfig({ ...required, SHUTDOWN_GRACE: '3600' }).shutdownGraceMs + 20_000)
})
