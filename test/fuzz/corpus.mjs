/**
 * The messages that mutants are made of: those of other implementations whose keys are here.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { fieldsOf } from './message-fields.mjs'
import { formsOf } from './secrets.mjs'

/**
 * @typedef {object} Library what is tested: sources, or what was built of them
 * @property {typeof import('@esdk/client')} client
 * @property {typeof import('@esdk/cmm')} cmm
 * @property {typeof import('@esdk/keyring-raw')} keyringRaw
 */

/**
 * @typedef {object} Sample
 * @property {string} id
 * @property {Uint8Array} message
 * @property {Uint8Array} plaintext
 * @property {readonly import('./message-fields.mjs').Field[]} fields
 * @property {Parameters<import('@esdk/client').Client['decrypt']>[1]} options
 * @property {readonly string[]} secrets plaintext, data key and wrapping key, in all forms
 */

/** Longer messages take longer and teach no more. */
const longest = 1500

/** Read like this, so that nothing is refused for its suite alone. */
export const commitmentPolicy = 'require-encrypt-allow-decrypt'

/**
 * Sound messages under raw AES keys, of every suite and layout.
 *
 * @param {Library} library
 * @returns {Promise<Sample[]>}
 */
export async function readCorpus(library) {
  const folder = new URL('../../test-vectors/esdk/', import.meta.url)
  const read = (path) => new Uint8Array(readFileSync(new URL(path, folder)))
  const json = (path) => JSON.parse(new TextDecoder().decode(read(path)))
  const { keys } = json('keys.json')
  const { tests } = json('decrypt/manifest.json')
  const client = library.client.createClient({ commitmentPolicy })
  const samples = []
  for (const test of tests) {
    if (test.result !== 'ok' || test.messageLength > longest) continue
    const description = test.decryptKeyDescription
    const raw = description.type === 'required-encryption-context-cmm' ? description.underlying : description
    if (raw.type !== 'raw' || raw['encryption-algorithm'] !== 'aes') continue
    const key = keys[raw.key]
    const wrappingKey = Uint8Array.from(Buffer.from(key.material, 'base64'))
    const keyring = library.keyringRaw.rawAesKeyring({
      namespace: raw['provider-id'],
      name: key['key-id'],
      wrappingKey,
    })
    const inner = library.cmm.defaultCmm(keyring)
    const cmm =
      raw === description ? inner : library.cmm.requiredContextCmm(inner, description.requiredEncryptionContextKeys)
    const reproduced = test.reproducedEncryptionContext
    const options = { cmm, ...(reproduced && { encryptionContext: reproduced }) }
    const message = read(`decrypt/${test.message}`)
    const { plaintext, dataKey } = await open(client, cmm, message, options)
    const secrets = [plaintext, dataKey, wrappingKey].flatMap(formsOf)
    samples.push({ id: test.id, message, plaintext, fields: fieldsOf(message), options, secrets })
  }
  return samples
}

async function open(client, cmm, message, options) {
  let dataKey = new Uint8Array(0)
  const watched = {
    getEncryptionMaterials: cmm.getEncryptionMaterials,
    async decryptMaterials(request) {
      const materials = await cmm.decryptMaterials(request)
      dataKey = new Uint8Array(materials.dataKey.expose())
      return materials
    },
  }
  const { plaintext } = await client.decrypt(message, { ...options, cmm: watched })
  return { plaintext, dataKey }
}
