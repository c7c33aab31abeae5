import t from 'tap'
import { createProgressBar } from '../../src/commands/progress-bar.js'

function screen (isTTY: boolean, columns = 200) {
  const written: string[] = []
  return { written, isTTY, columns, write: (text: string) => { written.push(text) } }
}

t.test('a terminal sees one line that moves and is never wider than it', async t => {
  const terminal = screen(true, 40)
  const bar = createProgressBar(terminal)
  for (const share of [0, 0.5, 1]) bar.show(share, 'messages, and a long text behind them')
  bar.end()
  t.equal(terminal.written.length, 4)
  for (const text of terminal.written.slice(0, 3)) {
    t.match(text, /^\r/)
    t.equal([...text.slice(4)].length, 39)
  }
})

t.test('a file gets a line for each tenth', async t => {
  const file = screen(false)
  const bar = createProgressBar(file)
  for (let i = 0; i <= 1000; i++) bar.show(i / 1000, `${i}`)
  bar.end()
  t.equal(file.written.length, 11)
  t.match(file.written.at(-1), /^█{30} 100 % {2}1000\n$/)
})
