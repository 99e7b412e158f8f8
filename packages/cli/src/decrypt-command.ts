/**
 * `esdk decrypt`
 *
 * @module
 */

import { createClient } from '@esdk/client'
import { algorithmSuite } from '@esdk/serialize'
import type { DecryptArguments } from './arguments.ts'
import { withCaching } from './caching.ts'
import { clientOptions } from './client-options.ts'
import { expectedContext } from './expected-context.ts'
import { loadKeys } from './keyring-from-arguments.ts'
import type { Reporter } from './reporter.ts'
import type { Surroundings } from './surroundings.ts'
import { transferFiles } from './transfer-files.ts'

export async function decryptCommand(args: DecryptArguments, reporter: Reporter, world: Surroundings): Promise<number> {
  const keys = await loadKeys(args, 'decrypt', world)
  const { suffix, unsignedOnly, buffer, caching } = args
  const { cmm: inner, clear } = withCaching(keys.keyring, caching)
  const { pairs, cmm, situation } = expectedContext(inner, args.context, args.requiredContextKeys)
  for (const warning of keys.warnings) await reporter.warn(warning)
  for (const description of keys.descriptions) await reporter.detail(`unwraps with ${description}`)
  const client = createClient(clientOptions(args))
  const done = transferFiles(
    args,
    {
      verb: 'decrypt',
      done: 'decrypted',
      keyFiles: keys.identities,
      situation: () => ({ ...situation(), offeredKeys: keys.descriptions }),
      rename: (name) => withoutSuffix(name, suffix),
      accepts: (name) => name.endsWith(suffix),
      async start(source, signal) {
        const { plaintext, header, encryptionContext } = await client.decryptStream(source, {
          cmm,
          encryptionContext: pairs,
          signal,
          unsignedOnly,
        })
        const signed = algorithmSuite(header.suite).signature.kind !== 'none'
        return { header, encryptionContext, output: plaintext, holdBack: signed || buffer }
      },
    },
    reporter,
    world,
  )
  return done.finally(clear)
}

/** What the name was before encryption; `.decrypted` is added where that cannot be told. */
export function withoutSuffix(name: string, suffix: string): string {
  const stem = name.endsWith(suffix) ? name.slice(0, name.length - suffix.length) : ''
  return stem === '' || stem === '.' || stem === '..' ? `${name}.decrypted` : stem
}
