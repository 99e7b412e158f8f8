/**
 * The commands over keys and files, as the command line has them.
 *
 * @module
 */

import { Command } from 'commander'
import type { Take } from './arguments.ts'
import { examples } from './examples.ts'
import type { KeyArgument } from './keyring-from-arguments.ts'
import {
  addContext,
  addText,
  commonOptions,
  type DecryptOptions,
  type EncryptOptions,
  inputOptions,
  type KeygenOptions,
  type Options,
  selectionOf,
  talkOf,
  talkOptions,
  transferOf,
} from './option-groups.ts'
import { parseCount, parseFrameLength, parseSuffix, parseSuite } from './values.ts'

export function keygenCommand(take: Take): Command {
  const command = new Command('keygen')
    .description('Make a new key, and write it to a file that only you can read.')
    .argument('<type>', 'aes (one key for both ways), rsa or ecdh (a public key encrypts, a private one decrypts)')
    .requiredOption('-o, --output <path>', 'the key file; - is the standard output')
    .option('--bits <n>', 'aes: 128, 192, 256; rsa: 2048 to 8192; ecdh: 256, 384, 521', (text) =>
      parseCount('--bits', text),
    )
    .option('--padding <name>', 'rsa: oaep-sha256, oaep-sha384, oaep-sha512, oaep-sha1, pkcs1 (default: oaep-sha256)')
    .option('--namespace <text>', 'how messages name the key, with --name (default: esdk)')
    .option('--name <text>', 'the name of the key in its namespace (default: a random one)')
  talkOptions(command)
  return command.addHelpText('after', examples.keygen).action((type: string) => {
    const options = command.opts<KeygenOptions>()
    take({
      command: 'keygen',
      options: {
        ...talkOf(options),
        type,
        output: options.output,
        bits: options.bits,
        namespace: options.namespace,
        name: options.name,
        padding: options.padding,
      },
    })
  })
}

export function encryptCommand(take: Take): Command {
  const keys: KeyArgument[] = []
  const command = new Command('encrypt').description('Encrypt files, folders (-r), or the standard input (-).')
  inputOptions(command, keys)
    .option(
      '-c, --encryption-context <key=value>',
      'a pair to store in the open and authenticate; repeatable',
      addContext,
    )
    .option('--required-context-key <key>', 'do not store this pair: who decrypts has to know it; repeatable', addText)
    .option('--suite <suite>', 'algorithm suite, by number or name (default: 0x0578, signed)', parseSuite)
    .option('--frame-length <bytes>', 'plaintext bytes in each frame (default: 4096)', parseFrameLength)
  commonOptions(command, 'the end of the names of encrypted files')
  return command.addHelpText('after', examples.encrypt).action((paths: string[]) => {
    const options = command.opts<EncryptOptions>()
    take({
      command: 'encrypt',
      options: {
        ...transferOf(paths, keys, options),
        suite: options.suite,
        frameLength: options.frameLength,
      },
    })
  })
}

export function decryptCommand(take: Take): Command {
  const keys: KeyArgument[] = []
  const command = new Command('decrypt').description('Decrypt files, folders (-r), or the standard input (-).')
  inputOptions(command, keys)
    .option('-c, --encryption-context <key[=value]>', 'a pair, or a key, the message must have; repeatable', addContext)
    .option('--required-context-key <key>', 'a pair that is not stored, and must be given with -c; repeatable', addText)
    .option('--decrypt-unsigned', 'refuse signed messages: everything streams, nothing waits for a signature')
    .option('--buffer', 'hold all plaintext back until the whole message is verified, unsigned ones too')
  commonOptions(command, 'what is removed from the end of names; without it, .decrypted is added')
  return command.addHelpText('after', examples.decrypt).action((paths: string[]) => {
    const options = command.opts<DecryptOptions>()
    take({
      command: 'decrypt',
      options: {
        ...transferOf(paths, keys, options),
        unsignedOnly: options.decryptUnsigned === true,
        buffer: options.buffer === true,
      },
    })
  })
}

export function inspectCommand(take: Take): Command {
  const command = new Command('inspect')
    .description('Show what encrypted files say of themselves. Needs no key, and proves nothing.')
    .argument('<paths...>', 'files, folders, or patterns; - is the standard input')
    .option('-r, --recursive', 'all encrypted files below folders; links are not followed')
    .option('--suffix <text>', 'how the names of encrypted files end in folders (default: .encrypted)', parseSuffix)
  talkOptions(command)
  return command.addHelpText('after', examples.inspect).action((paths: string[]) => {
    const options = command.opts<Options>()
    take({ command: 'inspect', options: { ...talkOf(options), ...selectionOf(paths, options) } })
  })
}
