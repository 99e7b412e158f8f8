/**
 * What the help of each command teaches.
 *
 * @module
 */

export const examples = {
  esdk: `
Begin here:
  esdk keygen aes -o key.json          a key, in a file that only you can read
  esdk encrypt report.pdf -k key.json  writes report.pdf.encrypted beside it
  esdk inspect report.pdf.encrypted    what it says of itself
  esdk decrypt report.pdf.encrypted -k key.json -o report-again.pdf

\`esdk COMMAND --help\` has the options and more examples.
Exit status: 0 all done, 1 something failed, 2 wrong arguments, 130 or 143 ended by a signal.
`,
  keygen: `
Examples:
  A key that encrypts and decrypts:
    esdk keygen aes -o key.json

  A pair: partner.pub.json may be given to everybody who encrypts, partner.json decrypts.
    esdk keygen rsa -o partner.json

  A key into a password store, never into a file:
    esdk keygen aes -o - | pass insert -m esdk-key

What a lost key has encrypted is lost. Keep a copy of key files in another place.
`,
  encrypt: `
Examples:
  One file; writes report.pdf.encrypted beside it:
    esdk encrypt report.pdf -k key.json -c project=apollo

  A folder, into another one with the same shape:
    esdk encrypt -r photos -k key.json -o photos-encrypted

  In a pipe, for two keys, each of which decrypts:
    tar c docs | esdk encrypt - -k mine.json -k partner.pub.json > docs.tar.encrypted

Keys that exist already (-w): attributes are type, namespace, name, and file or env for where the key is;
encoding=binary|hex|base64 for raw-aes, padding=oaep-sha256 for raw-rsa (PEM), curve=P-384 for raw-ecdh (PEM):
    esdk encrypt data.csv -w type=raw-aes,namespace=my-app,name=key-2026,file=key.bin

The output has its name only when it is whole. Only its owner can read it (permissions 0600).
`,
  decrypt: `
Examples:
  One file; removes .encrypted from its name:
    esdk decrypt report.pdf.encrypted -k key.json

  Only if the message belongs to this project, and names any customer:
    esdk decrypt report.pdf.encrypted -k key.json -c project=apollo -c customer

  In a pipe. Of a signed message nothing comes out before the signature is verified:
    esdk decrypt - -k key.json < docs.tar.encrypted | tar x

In folders (-r), files without the suffix .encrypted are left alone.
`,
  inspect: `
Examples:
  esdk inspect report.pdf.encrypted
  esdk inspect -r archive
  esdk inspect "archive/**/*.encrypted" --json | jq .suite.name

Anybody can have written, or changed, what is shown: only decrypting proves it.
`,
} as const
