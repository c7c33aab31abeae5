// Before `npm start`: builds where there is no build, where files of it are missing, or where the sources are newer, as after `git pull`. Where there
// are no sources, as in the Docker image, or nothing to compile them with, as on Heroku, what is built stays as it is.
import { execSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'

/** tsc writes it last, and keeps in it what it has written: without it everything is compiled anew. */
const stamp = join('dist', '.tsbuildinfo')

const changedAt = path => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

/** All paths below a folder, and the folder: its own time tells of files that are gone. */
function below (folder) {
  return [folder, ...readdirSync(folder, { withFileTypes: true }).flatMap(entry => entry.isDirectory() ? below(join(folder, entry.name)) : [join(folder, entry.name)])]
}

function inputs () {
  return [...below('src'), 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json']
}

function isComplete () {
  return existsSync(stamp) && below('src').filter(path => path.endsWith('.ts')).every(path => existsSync(join('dist', path.slice('src'.length, -'.ts'.length) + '.js')))
}

function isFresh () {
  const built = changedAt(stamp)
  return inputs().every(path => changedAt(path) <= built)
}

function build () {
  const run = script => execSync(`npm run --silent ${script}`, { stdio: 'inherit' })
  if (!isComplete()) rmSync(stamp, { force: true })
  run('setup')
  console.log('Compiling')
  run('build')
  // A file that was touched and not changed makes tsc write nothing.
  utimesSync(stamp, new Date(), new Date())
}

const mayCompile = process.env.NODE_ENV !== 'production' || existsSync(join('node_modules', 'typescript'))

if (existsSync('src') && !(isComplete() && isFresh()) && (mayCompile || !existsSync('dist'))) {
  try {
    build()
  } catch (error) {
    // npm and tsc have said why.
    process.exitCode = error.status ?? 1
  }
}
