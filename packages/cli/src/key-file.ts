/**
 * Key files: a key that says of itself what it is.
 *
 * | member               | in                 | meaning                                      |
 * | -------------------- | ------------------ | -------------------------------------------- |
 * | `esdkKey`            | all                | version of this layout: 1                    |
 * | `type`               | all                | `raw-aes`, `raw-rsa`, `raw-ecdh`             |
 * | `namespace`, `name`  | raw-aes, raw-rsa   | how messages name the key                    |
 * | `wrappingKey`        | raw-aes            | 16, 24 or 32 bytes in base64                 |
 * | `padding`            | raw-rsa            | `oaep-sha256`, ...                           |
 * | `curve`              | raw-ecdh           | `P-256`, `P-384`, `P-521`                    |
 * | `publicKey`          | raw-rsa, raw-ecdh  | SPKI in PEM                                  |
 * | `privateKey`         | raw-rsa, raw-ecdh  | PKCS #8 in PEM; not in public key files      |
 *
 * @module
 */

import { quote } from '@esdk/cmm'
import { decodeBase64, encodeBase64 } from '@esdk/serialize'
import { CliError } from './cli-error.ts'
import { curves, keyTypes, type RawKey, rsaPaddings } from './raw-key.ts'

const version = 1

/** The text of a key file. */
export function encodeKeyFile(key: RawKey): string {
  const members = key.type === 'raw-aes' ? { ...key, wrappingKey: encodeBase64(key.wrappingKey) } : key
  return `${JSON.stringify({ esdkKey: version, ...members }, undefined, 2)}\n`
}

/**
 * The key in a key file.
 *
 * @param source - where the text is from, as the user knows it
 * @throws CliError - `ERR_ESDK_CLI_KEY`; it never holds any of the text but the names of members
 */
export function parseKeyFile(text: string, source: string): RawKey {
  const fail: Fail = (message, hint) => {
    throw new CliError('ERR_ESDK_CLI_KEY', `${source} is no key file: ${message}`, hint)
  }
  const value = parseObject(text, fail)
  if (value['esdkKey'] !== version) {
    fail(
      `its member "esdkKey" is not ${version}`,
      'Make a key file with `esdk keygen`, or give a key of another form with -w.',
    )
  }
  const fields = new Fields(value, fail)
  const type = fields.oneOf('type', keyTypes)
  const key = readers[type](fields)
  fields.checkNoOthers()
  return key
}

type Fail = (message: string, hint?: string) => never

function parseObject(text: string, fail: Fail): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's own error would quote the text.
    fail(...(otherForm(text) ?? ['it is not JSON', 'Make a key file with `esdk keygen`.']))
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  return fail('it is not a JSON object', 'Make a key file with `esdk keygen`.')
}

/** What else people give as a key. */
function otherForm(text: string): readonly [message: string, hint: string] | undefined {
  if (/-----BEGIN /.test(text)) {
    return ['it is PEM', 'Give it with -w type=raw-rsa,namespace=NS,name=NAME,padding=oaep-sha256,file=PATH']
  }
  if (text.length <= 128)
    return ['it is not JSON', 'If it is an AES key, -w type=raw-aes,namespace=NS,name=NAME,file=PATH']
  return undefined
}

class Fields {
  readonly #members: Readonly<Record<string, unknown>>
  readonly #fail: Fail
  readonly #known = new Set(['esdkKey'])

  constructor(members: Readonly<Record<string, unknown>>, fail: Fail) {
    this.#members = members
    this.#fail = fail
  }

  text(name: string): string {
    return this.optionalText(name) ?? this.#fail(`its member "${name}" is missing`)
  }

  optionalText(name: string): string | undefined {
    this.#known.add(name)
    if (!Object.hasOwn(this.#members, name)) return undefined
    const value = this.#members[name]
    return typeof value === 'string' && value !== ''
      ? value
      : this.#fail(`its member "${name}" is not a text, or an empty one`)
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice {
    const value = this.text(name)
    return (
      choices.find((choice) => choice === value) ??
      this.#fail(`its member "${name}" must be one of ${choices.join(', ')}`)
    )
  }

  bytes(name: string): Uint8Array {
    return decodeBase64(this.text(name)) ?? this.#fail(`its member "${name}" is not base64`)
  }

  checkNoOthers(): void {
    const other = Object.keys(this.#members).find((name) => !this.#known.has(name))
    if (other !== undefined) this.#fail(`it has a member ${quote(other)}, which this version does not know`)
  }

  /** One of the two, at least. */
  keyPair(): { readonly publicKey?: string; readonly privateKey?: string } {
    const publicKey = this.optionalText('publicKey')
    const privateKey = this.optionalText('privateKey')
    if (publicKey === undefined && privateKey === undefined) this.#fail('it has neither "publicKey" nor "privateKey"')
    return { ...(publicKey && { publicKey }), ...(privateKey && { privateKey }) }
  }
}

const readers: Readonly<Record<RawKey['type'], (fields: Fields) => RawKey>> = {
  'raw-aes': (fields) => ({
    type: 'raw-aes',
    namespace: fields.text('namespace'),
    name: fields.text('name'),
    wrappingKey: fields.bytes('wrappingKey'),
  }),
  'raw-rsa': (fields) => ({
    type: 'raw-rsa',
    namespace: fields.text('namespace'),
    name: fields.text('name'),
    padding: fields.oneOf('padding', rsaPaddings),
    ...fields.keyPair(),
  }),
  'raw-ecdh': (fields) => ({ type: 'raw-ecdh', curve: fields.oneOf('curve', curves), ...fields.keyPair() }),
}
