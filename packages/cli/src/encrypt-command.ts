/**
 * `esdk encrypt`
 *
 * @module
 */

import { createClient } from '@esdk/client'
import { checkSuiteToEncrypt, defaultCommitmentPolicy, quote, requiredContextCmm } from '@esdk/cmm'
import { algorithmSuite, encodeContext } from '@esdk/serialize'
import type { EncryptArguments } from './arguments.ts'
import { withCaching } from './caching.ts'
import { UsageError } from './cli-error.ts'
import { clientOptions } from './client-options.ts'
import { loadKeys } from './keyring-from-arguments.ts'
import type { Reporter } from './reporter.ts'
import type { Surroundings } from './surroundings.ts'
import { transferFiles } from './transfer-files.ts'
import { checkNotReserved, contextPairs } from './values.ts'

export async function encryptCommand(args: EncryptArguments, reporter: Reporter, world: Surroundings): Promise<number> {
  const encryptionContext = contextToEncrypt(args)
  checkSuite(args)
  const keys = await loadKeys(args, 'encrypt', world)
  for (const warning of keys.warnings) await reporter.warn(warning)
  for (const description of keys.descriptions) await reporter.detail(`wraps with ${description}`)
  const client = createClient(clientOptions(args))
  const { requiredContextKeys, suite, frameLength, suffix, caching } = args
  const { cmm: inner, clear } = withCaching(keys.keyring, caching)
  const cmm = requiredContextKeys.length === 0 ? inner : requiredContextCmm(inner, requiredContextKeys)
  const done = transferFiles(
    args,
    {
      verb: 'encrypt',
      done: 'encrypted',
      keyFiles: keys.identities,
      situation: () => ({}),
      rename: (name) => `${name}${suffix}`,
      // What an earlier run wrote beside its inputs. Elsewhere, every file is meant.
      accepts: (name) => args.output !== undefined || suffix === '' || !name.endsWith(suffix),
      async start(source, signal, size) {
        const { ciphertext, header } = await client.encryptStream(source, {
          cmm,
          encryptionContext,
          signal,
          ...(suite !== undefined && { suite }),
          ...(frameLength !== undefined && { frameLength }),
          // Only messages of known length meet the cache. Files of the system say 0, whatever they hold.
          ...(caching !== undefined && size !== undefined && size > 0 && { plaintextLength: size }),
        })
        return { header, encryptionContext: header.encryptionContext, output: ciphertext, holdBack: false }
      },
    },
    reporter,
    world,
  )
  return done.finally(clear)
}

/** @throws UsageError - the context is not one to encrypt with */
function contextToEncrypt({ context, requiredContextKeys }: EncryptArguments): Record<string, string> {
  for (const { key, value } of context) {
    checkNotReserved('--encryption-context', key)
    if (value === undefined) {
      throw new UsageError(`--encryption-context ${quote(key)} has no value`, `Write -c ${quote(`${key}=VALUE`)}.`)
    }
  }
  const pairs = contextPairs(context)
  for (const key of requiredContextKeys) {
    checkNotReserved('--required-context-key', key)
    if (!(key in pairs)) {
      throw new UsageError(`--required-context-key ${quote(key)} has no value`, `Add -c ${quote(`${key}=VALUE`)}.`)
    }
  }
  try {
    encodeContext(pairs)
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error
  }
  return pairs
}

/** Told once, and not for each file. Throws CommitmentPolicyError. */
function checkSuite({ suite, commitmentPolicy = defaultCommitmentPolicy }: EncryptArguments): void {
  if (suite !== undefined) checkSuiteToEncrypt(commitmentPolicy, algorithmSuite(suite))
}
