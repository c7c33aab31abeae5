import { installFastIge } from './ige.js'
import { installLongNumbers } from './long-numbers.js'
import { installWholeKeys } from './whole-keys.js'

/** Everything of GramJS that is replaced for the whole process. Again and again is once. */
export function installPatches (): void {
  installFastIge()
  installLongNumbers()
  installWholeKeys()
}
