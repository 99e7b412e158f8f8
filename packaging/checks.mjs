/**
 * Runs checks one after the other, prints a line for each, and counts.
 *
 * @module
 */
export class Checks {
  #passed = 0
  #failed = 0
  #skipped = []

  /** @param {string} title */
  section(title) {
    console.log(`\n${title}`)
  }

  /**
   * @template Value
   * @param {string} name
   * @param {() => Value | Promise<Value>} run a text that it gives is printed behind the name
   * @returns {Promise<Value | undefined>} `undefined` when it failed
   */
  async check(name, run) {
    try {
      const value = await run()
      this.#passed++
      console.log(`  ok    ${name}${typeof value === 'string' && value !== '' ? `: ${value}` : ''}`)
      return value
    } catch (error) {
      this.fail(name, error)
      return undefined
    }
  }

  /**
   * @param {string} name
   * @param {unknown} error
   */
  fail(name, error) {
    this.#failed++
    const text = error instanceof Error ? error.message : String(error)
    console.log(`  FAILED  ${name}\n${text.replaceAll(/^/gm, '          ')}`)
  }

  /**
   * @param {string} name
   * @param {string} reason
   */
  skip(name, reason) {
    const line = `SKIPPED: ${name}: ${reason}`
    this.#skipped.push(line)
    console.log(`  ${line}`)
  }

  /** Prints what was skipped, and the count as the last line. */
  finish() {
    console.log()
    for (const line of this.#skipped) console.log(line)
    console.log(`${this.#passed} passed, ${this.#failed} failed`)
    process.exitCode = this.#failed > 0 || this.#passed === 0 ? 1 : 0
  }
}

/**
 * @param {boolean} condition
 * @param {string} otherwise
 * @returns {asserts condition}
 */
export function ensure(condition, otherwise) {
  if (!condition) throw new Error(otherwise)
}
