/**
 * `-w type=raw-aes,namespace=NS,name=NAME,file=PATH`: a key that exists already, described by attributes.
 *
 * | attribute         | for                | meaning                                                     |
 * | ----------------- | ------------------ | ----------------------------------------------------------- |
 * | `type`            | all                | `raw-aes`, `raw-rsa`, `raw-ecdh`                            |
 * | `file`, `env`     | all                | where the key is: a file, or an environment variable        |
 * | `namespace`       | raw-aes, raw-rsa   | as in the messages                                          |
 * | `name`            | raw-aes, raw-rsa   | as in the messages                                          |
 * | `encoding`        | raw-aes            | `binary`, `hex`, `base64`; found out by itself where absent |
 * | `padding`         | raw-rsa            | `oaep-sha256`, ...                                          |
 * | `curve`           | raw-ecdh           | `P-256`, `P-384`, `P-521`                                   |
 *
 * A comma within a value is written `\,`. Key material itself is no attribute: arguments can be seen by everybody.
 *
 * @module
 */

import { quote } from '@esdk/cmm'
import type { CurveName } from '@esdk/crypto-backend'
import type { RsaPaddingName } from '@esdk/keyring-raw'
import { type KeyEncoding, keyEncodings } from './aes-key-text.ts'
import { UsageError } from './cli-error.ts'
import { curves, rsaPaddings } from './raw-key.ts'

/** Where the text or the bytes of a key are. */
export type KeyLocation =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'env'; readonly name: string }

interface NamedKey {
  readonly namespace: string
  readonly name: string
}

/** A described key, without its material. */
export type KeyDescription = { readonly location: KeyLocation } & (
  | ({ readonly type: 'raw-aes'; readonly encoding?: KeyEncoding } & NamedKey)
  | ({ readonly type: 'raw-rsa'; readonly padding: RsaPaddingName } & NamedKey)
  | { readonly type: 'raw-ecdh'; readonly curve: CurveName }
)

/** @throws UsageError - an attribute is missing, unknown, repeated, or has no such value */
export function parseKeyAttributes(text: string): KeyDescription {
  const attributes = new Attributes(text)
  const type = attributes.take('type')
  const read = readers.get(type)
  if (read === undefined) {
    throw new UsageError(
      `${quote(type)} is no type of key that --wrapping-key knows`,
      `Types are ${[...readers.keys()].join(', ')}.`,
    )
  }
  const description = read(attributes)
  attributes.checkNoOthers()
  return description
}

const readers: ReadonlyMap<string, (attributes: Attributes) => KeyDescription> = new Map([
  ['raw-aes', readAes],
  ['raw-rsa', readRsa],
  ['raw-ecdh', readEcdh],
])

function readAes(attributes: Attributes): KeyDescription {
  const encoding = attributes.takeChoice('encoding', keyEncodings)
  const location = attributes.takeLocation()
  if (encoding === 'binary' && location.kind === 'env') {
    throw new UsageError('an environment variable holds text: hex or base64, not binary')
  }
  return { type: 'raw-aes', ...attributes.takeKeyName(), location, ...(encoding && { encoding }) }
}

function readRsa(attributes: Attributes): KeyDescription {
  const padding = attributes.takeChoice('padding', rsaPaddings) ?? attributes.missing('padding', rsaPaddings.join(', '))
  return { type: 'raw-rsa', ...attributes.takeKeyName(), padding, location: attributes.takeLocation() }
}

function readEcdh(attributes: Attributes): KeyDescription {
  const curve = attributes.takeChoice('curve', curves) ?? attributes.missing('curve', curves.join(', '))
  return { type: 'raw-ecdh', curve, location: attributes.takeLocation() }
}

const inNoArgument =
  'Keys are never written on the command line, where everybody can see them: name a file or a variable.'

class Attributes {
  /** Only the names: somebody may have written a key for a value. */
  readonly shown: string
  readonly #left: Map<string, string>

  constructor(text: string) {
    this.#left = new Map()
    for (const part of splitAtCommas(text)) {
      // Strict about names: what is no name may be a key that somebody wrote there, and is not shown.
      const [, name, value] = /^([a-z][a-z-]{0,19})=(.*)$/s.exec(part) ?? []
      if (name === undefined || value === undefined) {
        throw new UsageError(
          'a part of --wrapping-key is no attribute=value',
          'For example: -w type=raw-aes,namespace=my-app,name=key-1,file=key.bin   (a comma in a value is written \\,)',
        )
      }
      if (this.#left.has(name)) throw new UsageError(`--wrapping-key has the attribute ${name} twice`)
      this.#left.set(name, value)
    }
    this.shown = `--wrapping-key with ${[...this.#left.keys()].join(', ')}`
  }

  take(name: string): string {
    return this.takeOptional(name) ?? this.missing(name)
  }

  takeOptional(name: string): string | undefined {
    const value = this.#left.get(name)
    this.#left.delete(name)
    if (value === '') throw new UsageError(`the attribute ${name} of --wrapping-key has no value`)
    return value
  }

  takeChoice<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.takeOptional(name)
    if (value === undefined) return undefined
    const choice = choices.find((known) => known === value)
    if (choice === undefined) {
      throw new UsageError(`the attribute ${name} of --wrapping-key must be one of ${choices.join(', ')}`)
    }
    return choice
  }

  takeKeyName(): NamedKey {
    return { namespace: this.take('namespace'), name: this.take('name') }
  }

  takeLocation(): KeyLocation {
    const path = this.takeOptional('file')
    const name = this.takeOptional('env')
    if (path !== undefined && name !== undefined) throw new UsageError('--wrapping-key takes file or env, not both')
    if (path !== undefined) return { kind: 'file', path }
    return name === undefined ? this.missing('file', 'or env', inNoArgument) : { kind: 'env', name }
  }

  missing(
    name: string,
    what = '',
    hint = 'For example: -w type=raw-aes,namespace=my-app,name=key-1,file=key.bin',
  ): never {
    throw new UsageError(`${this.shown} lacks the attribute ${name}${what && ` (${what})`}`, hint)
  }

  checkNoOthers(): void {
    const [other] = this.#left.keys()
    if (other === undefined) return
    throw new UsageError(`--wrapping-key has no attribute ${other} for this type of key`, inNoArgument)
  }
}

function splitAtCommas(text: string): string[] {
  return [...text.matchAll(/(?:\\,|[^,])+/g)].map(([part]) => part.replaceAll('\\,', ','))
}
