/**
 * `name=value,name=value`: what an option takes that has parts. A comma within a value is written `\,`.
 *
 * @module
 */

import { UsageError } from './cli-error.ts'

/** How an option with attributes is written, for errors. */
export interface AttributeOption {
  readonly option: string
  readonly example: string
}

/** The attributes of one argument; each is taken out when it is read. Values are not shown: they may hold a key. */
export class Attributes {
  readonly #option: AttributeOption
  readonly #left: Map<string, string[]>
  readonly #shown: string

  /** @throws UsageError - a part that is no attribute */
  constructor(option: AttributeOption, text: string) {
    this.#option = option
    this.#left = new Map()
    for (const part of splitAtCommas(text)) {
      // Strict about names: what is no name may be a key that somebody wrote there, and is not shown.
      const [, name, value] = /^([a-z][a-z-]{0,19})=(.*)$/s.exec(part) ?? []
      if (name === undefined || value === undefined) {
        throw new UsageError(
          `a part of ${option.option} is no attribute=value`,
          `${option.example}   (a comma in a value is written \\,)`,
        )
      }
      if (value === '') throw new UsageError(`the attribute ${name} of ${option.option} has no value`)
      this.#left.set(name, [...(this.#left.get(name) ?? []), value])
    }
    this.#shown = `${option.option}${this.#left.size > 0 ? ` with ${[...this.#left.keys()].join(', ')}` : ''}`
  }

  has(name: string): boolean {
    return this.#left.has(name)
  }

  take(name: string): string {
    return this.takeOptional(name) ?? this.missing(name)
  }

  takeOptional(name: string): string | undefined {
    const [value, ...others] = this.takeAll(name)
    if (others.length > 0) throw new UsageError(`${this.#option.option} has the attribute ${name} twice`)
    return value
  }

  /** For attributes that may be repeated. */
  takeAll(name: string): readonly string[] {
    const values = this.#left.get(name) ?? []
    this.#left.delete(name)
    return values
  }

  takeChoice<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.takeOptional(name)
    if (value === undefined) return undefined
    const choice = choices.find((known) => known === value)
    if (choice === undefined) {
      throw new UsageError(`the attribute ${name} of ${this.#option.option} must be one of ${choices.join(', ')}`)
    }
    return choice
  }

  missing(name: string, what = '', hint: string = this.#option.example): never {
    throw new UsageError(`${this.#shown} lacks the attribute ${name}${what && ` (${what})`}`, hint)
  }

  /** @throws UsageError - there are attributes that nobody has taken */
  checkNoOthers(what: string, hint: string): void {
    const [other] = this.#left.keys()
    if (other !== undefined) throw new UsageError(`${this.#option.option} has no attribute ${other}${what}`, hint)
  }
}

function splitAtCommas(text: string): string[] {
  return [...text.matchAll(/(?:\\,|[^,])+/g)].map(([part]) => part.replaceAll('\\,', ','))
}
