/**
 * What the help of `esdk s3` teaches.
 *
 * @module
 */

import type { S3Task } from './arguments.ts'

const places = `
--endpoint-url is that of S3, as in the AWS CLI; --kms-endpoint-url that of AWS KMS. AWS_ENDPOINT_URL means both.`

export const s3Examples: Readonly<Record<'s3' | S3Task['kind'], string>> = {
  s3: `
Examples:
  esdk s3 cp report.pdf s3://bucket/report.pdf -w key=KEY-ARN
  esdk s3 cat s3://bucket/report.pdf -w key=KEY-ARN > report-again.pdf
  esdk s3 inspect s3://bucket/report.pdf

The S3 encryption clients of today read what this writes (format V3); V1 and V2 are read when an option says so.
`,
  cp: `
Examples:
  A file into an object, and back:
    esdk s3 cp report.pdf s3://bucket/reports/ -w key=arn:aws:kms:eu-west-1:111122223333:key/KEY-ID -c tenant=42
    esdk s3 cp s3://bucket/reports/report.pdf . -w key=arn:aws:kms:eu-west-1:111122223333:key/KEY-ID -c tenant=42

  With a key of your own:
    esdk s3 cp report.pdf s3://bucket/report.pdf -k key.json

  In a pipe:
    tar c docs | esdk s3 cp - s3://bucket/docs.tar -k key.json

A file, or an object, has its name only when it is whole; a file only when the object has proved authentic.
${places}
`,
  cat: `
Examples:
  esdk s3 cat s3://bucket/docs.tar -k key.json | tar x
  esdk s3 cat s3://bucket/old.csv -w key=KEY-ARN --commitment-policy require-encrypt-allow-decrypt

Nothing comes out before all of the object has proved authentic: up to 8 MiB are held in memory, a longer object is read
twice. Of AES-CBC (--allow-cbc) nothing can prove it: what comes out is only known to be whole.
${places}
`,
  inspect: `
Examples:
  esdk s3 inspect s3://bucket/report.pdf
  esdk s3 inspect -r s3://bucket/archive/ --json | jq -r 'select(.format == "V1") | .object'

Anybody can have written, or changed, what is shown: only decrypting proves it.
`,
  rewrap: `
Examples:
  From one key of AWS KMS to another, first to see what would be done:
    esdk s3 rewrap -r s3://bucket/reports/ -w key=OLD-ARN --new-wrapping-key key=NEW-ARN -c tenant=42 --dry-run
    esdk s3 rewrap -r s3://bucket/reports/ -w key=OLD-ARN --new-wrapping-key key=NEW-ARN -c tenant=42

  A further reader, where the data key is in an instruction file:
    esdk s3 rewrap s3://bucket/report.pdf -k key.json --new-key partner.pub.json --new-instruction-file-suffix .partner

A bucket with versions keeps the old version, which the old key still opens. Bodies of AES-CBC take \`esdk s3 reencrypt\`.
${places}
`,
  reencrypt: `
Examples:
  Old objects to the format of today, under the same key; those that have it are left alone:
    esdk s3 reencrypt -r s3://bucket/archive/ -w key=KEY-ARN --commitment-policy require-encrypt-allow-decrypt \\
      --allow-legacy-wrapping --allow-cbc --dry-run

  One object, under a new data key and another key:
    esdk s3 reencrypt s3://bucket/report.pdf -k old.json --new-key new.json

The old object stays until the new one is complete. Content type, metadata and tags are kept.
${places}
`,
  migrate: `
Examples:
  What there is in a bucket:
    esdk s3 migrate s3://bucket/ --job inventory

  All to the format of today and another key; first to see what would be done:
    esdk s3 migrate s3://bucket/ -w key=OLD-ARN --new-wrapping-key key=NEW-ARN \\
      --commitment-policy require-encrypt-allow-decrypt --allow-legacy-wrapping --allow-cbc --dry-run

  The same by many machines, on each of which \`esdk s3 worker\` runs with these keys and options:
    esdk s3 migrate s3://bucket/ --queue redis://queue.example.com

What is done already is left alone: a run that ended midway, or that failed for some objects, is simply repeated.
${places}
`,
  worker: `
Examples:
  esdk s3 worker --queue redis://queue.example.com -w key=OLD-ARN --new-wrapping-key key=NEW-ARN \\
    --commitment-policy require-encrypt-allow-decrypt --allow-legacy-wrapping --allow-cbc

It does what \`esdk s3 migrate --queue\` has found, until it is ended; then it finishes what it has begun. If it dies, others
take that. A URL with a password is given as ESDK_REDIS_URL, and --queue without one.
${places}
`,
}
