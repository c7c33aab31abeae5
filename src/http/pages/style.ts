/** The style of all pages, as it stands in them: their policy names it by its hash. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #f4f6f8; --surface: #ffffff; --ink: #16202a; --quiet: #56636f; --line: #dbe2e8;
  --accent: #0b63a5; --accent-ink: #ffffff; --note: #fff6e0; --note-ink: #5c4300;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1419; --surface: #161e26; --ink: #e8eef3; --quiet: #9fadb9; --line: #2a3641;
    --accent: #6bb7f0; --accent-ink: #06131e; --note: #2c2511; --note-ink: #f1d38a;
  }
}
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; min-height: 100vh; display: flex; flex-direction: column;
  background: var(--ground); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
header, main, footer { width: 100%; max-width: 60rem; margin-inline: auto; padding-inline: 1.25rem; }
header { padding-block: 1.1rem; }
main { flex: 1; padding-bottom: 3rem; }
footer { padding-block: 1.5rem; color: var(--quiet); font-size: .875rem; }
.brand { display: inline-flex; align-items: center; gap: .55rem; color: var(--quiet); text-decoration: none; font-weight: 600; letter-spacing: .01em; }
.brand svg { width: 1.6rem; height: 1.6rem; color: var(--accent); }
.brand:hover { color: var(--ink); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: .375rem; }
h1 { margin: 1.25rem 0 .25rem; font-size: clamp(1.3rem, 1rem + 1.4vw, 1.85rem); line-height: 1.25; font-weight: 650; letter-spacing: -.01em; overflow-wrap: anywhere; text-wrap: balance; }
h2 { margin: 2.25rem 0 .75rem; font-size: 1rem; font-weight: 650; }
p { margin: 0 0 1rem; max-width: 42rem; }
.facts { color: var(--quiet); margin: 0 0 1.25rem; }
.stage { border-radius: .9rem; overflow: hidden; background: #05090d; box-shadow: 0 1px 2px #0000001a, 0 12px 32px -16px #00000059; }
.stage video { display: block; width: 100%; aspect-ratio: 16 / 9; max-height: 76vh; background: #05090d; }
.stage img { display: block; width: 100%; max-height: 76vh; object-fit: contain; }
.stage.sound { display: grid; grid-template-columns: auto 1fr; align-items: center; gap: 1rem; padding: 1.25rem; background: var(--surface); border: 1px solid var(--line); box-shadow: none; }
.stage.sound svg { width: 3.5rem; height: 3.5rem; color: var(--accent); }
.stage audio { width: 100%; }
.sheet { display: grid; place-items: center; padding: 3rem 1rem; border-radius: .9rem; background: var(--surface); border: 1px solid var(--line); color: var(--accent); }
.sheet svg { width: 4.5rem; height: 4.5rem; }
.note { margin: 0; padding: 1rem 1.25rem; max-width: none; border-radius: .9rem; background: var(--note); color: var(--note-ink); }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; }
.button {
  display: inline-flex; align-items: center; justify-content: center; gap: .5rem; min-height: 2.875rem; padding: .6rem 1.2rem;
  border: 1px solid var(--line); border-radius: .65rem; background: var(--surface); color: var(--ink);
  font: inherit; font-weight: 600; text-decoration: none; cursor: pointer; transition: border-color .15s, background-color .15s;
}
.button:hover { border-color: var(--accent); }
.button.main { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); }
.button.main:hover { filter: brightness(1.08); }
.button svg { width: 1.1rem; height: 1.1rem; flex: none; }
.address { display: flex; gap: .75rem; margin-top: .75rem; }
.address input {
  flex: 1; min-width: 0; min-height: 2.875rem; padding: .6rem .9rem; border: 1px solid var(--line); border-radius: .65rem;
  background: var(--surface); color: var(--quiet); font: .875rem/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; text-overflow: ellipsis;
}
.players { display: grid; grid-template-columns: repeat(3, 1fr); gap: .75rem; margin: 0; padding: 0; list-style: none; }
.players .button { width: 100%; height: 100%; flex-direction: column; align-items: flex-start; gap: 0; padding-block: .7rem; }
.players small { color: var(--quiet); font-weight: 400; font-size: .8125rem; }
.hint { margin-top: .9rem; color: var(--quiet); font-size: .9rem; }
.hint a, .plain a { color: var(--accent); }
.steps { margin: 1.5rem 0; padding: 0; list-style: none; display: grid; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); gap: 1rem; counter-reset: step; }
.steps li { padding: 1.25rem; border-radius: .9rem; background: var(--surface); border: 1px solid var(--line); counter-increment: step; }
.steps li::before { content: counter(step); display: block; margin-bottom: .35rem; color: var(--accent); font-weight: 700; }
.steps strong { display: block; }
.lead { font-size: 1.125rem; color: var(--quiet); }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 34rem) {
  header, main, footer { padding-inline: 1rem; }
  header { padding-block: .8rem; }
  .stage:not(.sound) { margin-inline: -1rem; border-radius: 0; }
  .actions .button { flex: 1 1 100%; }
  .players { grid-template-columns: repeat(2, 1fr); }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
`
