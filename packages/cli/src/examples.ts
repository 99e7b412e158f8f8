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

With keys in AWS KMS: -w key=KEY-ARN in place of -k; \`esdk local-kms\` is one to try it with.
Objects in Amazon S3, for all S3 encryption clients: \`esdk s3 --help\`.

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

Keys in AWS KMS, by ARN or alias; the first makes the data key, each of them decrypts:
    esdk encrypt data.csv -w key=arn:aws:kms:eu-west-1:111122223333:alias/app -w key=KEY-ARN-IN-ANOTHER-REGION

A folder with few calls of AWS KMS:
    esdk encrypt -r logs -w key=KEY-ARN --caching capacity=100,max-age=300

Of AWS KMS also: type=kms-mrk,key=ARN; type=kms-rsa,key=ARN,algorithm=RSAES_OAEP_SHA_256[,file=PUBLIC.pem] with
--suite 0x0478; type=kms-ecdh,key=ARN,curve=P-256,file=RECIPIENT.pem; and for branch keys of \`esdk keystore\`
type=branch-key,table=TABLE,key=ARN,id=ID. To try it without AWS: \`esdk local-kms --help\`.

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

  With a key of AWS KMS, by its ARN (not by an alias):
    esdk decrypt data.csv.encrypted -w key=arn:aws:kms:eu-west-1:111122223333:key/KEY-ID

  With whichever key of AWS KMS the message names, of these accounts only:
    esdk decrypt data.csv.encrypted -w discovery=true,discovery-partition=aws,discovery-account=111122223333

In folders (-r), files without the suffix .encrypted are left alone.
`,
  inspect: `
Examples:
  esdk inspect report.pdf.encrypted
  esdk inspect -r archive
  esdk inspect "archive/**/*.encrypted" --json | jq .suite.name

Anybody can have written, or changed, what is shown: only decrypting proves it.
`,
  keystore: `
Examples:
  Once, the table and a branch key; keep its id:
    esdk keystore create-table --table branch-keys --region eu-west-1
    esdk keystore create-key --table branch-keys --region eu-west-1 --key KEY-ARN --id tenant-42 -c tenant=42

  Then any number of files, with one call of AWS KMS:
    esdk encrypt -r logs --region eu-west-1 -w type=branch-key,table=branch-keys,key=KEY-ARN,id=tenant-42

  A new version, from then on, and which one it is:
    esdk keystore version-key --table branch-keys --region eu-west-1 --key KEY-ARN --id tenant-42
    esdk keystore show --table branch-keys --region eu-west-1 --key KEY-ARN --id tenant-42

--region is where the table is; the key of AWS KMS is where its ARN says.
`,
  localKms: `
Examples:
  Two Regions with a key each, kept in a file; the ARNs are shown:
    esdk local-kms --port 4599 --key-file kms.json --key eu-west-1:alias/app --key us-west-2:alias/app

  In another terminal:
    export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any
    esdk encrypt note.txt --endpoint-url http://127.0.0.1:4599 --region eu-west-1 -w key=alias/app
    esdk decrypt note.txt.encrypted --endpoint-url http://127.0.0.1:4599 -w discovery=true

  A multi-Region key, and an RSA key:
    esdk local-kms --key eu-west-1,us-west-2:alias/everywhere --key eu-west-1:alias/rsa:RSA_2048

  For a program, which reads the line that says it is ready:
    esdk local-kms --key eu-west-1:alias/app --json

It listens to this machine alone, and checks no credentials. Never give it data that matters.
`,
} as const
