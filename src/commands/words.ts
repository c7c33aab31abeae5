/**
 * How this program is called, for messages: it holds in a clone, in the container and on Heroku, wherever the folder of the program is the
 * current one. `npx teleferry` would want npm.
 */
export const program = 'node dist/cli.js'

export const usage = `teleferry: carries files out of Telegram to anything that speaks HTTP

  serve      runs the server (also without a command)
  index      has the running server note the files that a channel or supergroup held before
  doctor     looks at settings, database, bots and addresses, and says what is wrong and what to do
  migrate    brings the database to this version's schema, and ends
  demo       shows it on a Telegram of its own on this machine
  help       shows this, or with a command's name what that takes
  version    shows the version

In its folder it is called as: ${program} <command>, or where it was built with npm, npx teleferry <command>
Settings come from the environment, or from a file .env: see .env.example.
`

/** What each command takes, and what it does with it. */
export const usages: Readonly<Record<string, string>> = {
  serve: `${program} serve

Runs the server until it is told to stop. It takes its settings from the environment, or from a file .env: see .env.example.
`,
  index: `${program} index <chat> [--from <message>] [--to <message>] | <chat> --stop

Has the running server note the files that a channel or supergroup held before, and shows how far it is.

  <chat>     its id, which begins with -100, or a link to one of its messages, such as https://t.me/c/1234567890/55
  --from     the number of the first message; without it, 1
  --to       the number of the last message; without it, the newest
  --stop     ends what is under way in that chat

For example: ${program} index -1001234567890 --from 1 --to 5000
`,
  doctor: `${program} doctor [--login]

Looks at settings, database, Telegram, bots and addresses, and says what is wrong and what to do. It asks the running server.

  --login    logs the bots in for a moment where no server runs
`,
  migrate: `${program} migrate

Brings the database of DATABASE_URL to this version's schema, and ends. The server does so by itself when it starts.
`,
  demo: `${program} demo

Shows it on a Telegram of its own on this machine, with a database in a temporary folder, until it is told to stop. LOG_LEVEL=info shows the server's log.
`
}
