/**
 * `npm run example -- NAME ...`: runs these examples, or all, and prints what each found.
 *
 * @module
 */

import { examples } from './all.ts'
import { openSurroundings } from './surroundings.ts'

const names = process.argv.slice(2)
const unknown = names.find((name) => !Object.hasOwn(examples, name))

if (unknown !== undefined) {
  console.error(`there is no example ${JSON.stringify(unknown)}, but these: ${Object.keys(examples).join(', ')}`)
  process.exitCode = 2
} else {
  for (const [name, example] of Object.entries(examples)) {
    if (names.length > 0 && !names.includes(name)) continue
    const surroundings = await openSurroundings()
    try {
      console.log(`\n${name}`)
      console.dir(structuredClone(await example(surroundings)), { depth: null, compact: 3, breakLength: 120 })
    } finally {
      await surroundings.close()
    }
  }
}
