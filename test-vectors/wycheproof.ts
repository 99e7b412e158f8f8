/**
 * `wycheproof/testvectors_v1`: what is expected of each vector, and the one table of all that is not as the file says.
 *
 * A `valid` vector has to be accepted and an `invalid` one refused. Where a vector is left out, where we refuse a valid
 * one, and what we choose for an `acceptable` one, a line of {@link departures} says so, why, and how many there are.
 *
 * @module
 */

import { readJson } from './source.ts'

export const folder = 'wycheproof/testvectors_v1'

/** The files that are run, by the test that runs them. The others are `not run` in {@link departures}. */
export const files = {
  gcm: ['aes_gcm'],
  gmac: ['aes_gmac'],
  cbc: ['aes_cbc_pkcs5'],
  keyWrap: ['aes_wrap', 'aes_kwp'],
  hkdf: ['hkdf_sha1', 'hkdf_sha256', 'hkdf_sha384', 'hkdf_sha512'],
  hmac: ['hmac_sha1', 'hmac_sha256', 'hmac_sha384', 'hmac_sha512'],
  ecdsa: ['ecdsa_secp256r1_sha256', 'ecdsa_secp384r1_sha384'],
  ecdsaP1363: ['ecdsa_secp256r1_sha256_p1363', 'ecdsa_secp384r1_sha384_p1363'],
  ecdhPoint: ['ecdh_secp256r1_ecpoint', 'ecdh_secp384r1_ecpoint', 'ecdh_secp521r1_ecpoint'],
  ecdhSpki: ['ecdh_secp256r1', 'ecdh_secp384r1', 'ecdh_secp521r1'],
  ecdhPem: ['ecdh_secp256r1_pem', 'ecdh_secp384r1_pem', 'ecdh_secp521r1_pem'],
  ecdhJwk: ['ecdh_secp256r1_webcrypto', 'ecdh_secp384r1_webcrypto', 'ecdh_secp521r1_webcrypto'],
  oaep: [
    'rsa_oaep_2048_sha1_mgf1sha1',
    'rsa_oaep_2048_sha256_mgf1sha1',
    'rsa_oaep_2048_sha256_mgf1sha256',
    'rsa_oaep_2048_sha384_mgf1sha1',
    'rsa_oaep_2048_sha384_mgf1sha384',
    'rsa_oaep_2048_sha512_mgf1sha1',
    'rsa_oaep_2048_sha512_mgf1sha512',
    'rsa_oaep_3072_sha256_mgf1sha1',
    'rsa_oaep_3072_sha256_mgf1sha256',
    'rsa_oaep_3072_sha512_mgf1sha1',
    'rsa_oaep_3072_sha512_mgf1sha512',
    'rsa_oaep_4096_sha256_mgf1sha1',
    'rsa_oaep_4096_sha256_mgf1sha256',
    'rsa_oaep_4096_sha512_mgf1sha1',
    'rsa_oaep_4096_sha512_mgf1sha512',
    'rsa_oaep_misc',
    'rsa_three_primes_oaep_2048_sha1_mgf1sha1',
    'rsa_three_primes_oaep_4096_sha256_mgf1sha256',
  ],
  pkcs1: ['rsa_pkcs1_2048', 'rsa_pkcs1_3072', 'rsa_pkcs1_4096'],
} as const

export interface VectorFile<Group> {
  readonly numberOfTests: number
  readonly testGroups: readonly Group[]
}

/** What all vectors have. */
export interface Vector {
  readonly tcId: number
  readonly comment: string
  readonly flags: readonly string[]
  readonly result: 'valid' | 'acceptable' | 'invalid'
}

/** What every group has, and what the groups of one kind of file have. */
export interface Group<Test extends Vector = Vector> {
  readonly type: string
  readonly tests: readonly Test[]
  readonly ivSize?: number
  readonly mgfSha?: string
  readonly sha?: string
}

/** What became of a vector; `unsupported` when the backend said that it has no such algorithm. */
export type Outcome = 'accepted' | 'refused' | 'unsupported'

/** Vectors whose outcome is another than their file says. Of several that match a vector, the first counts. */
export interface Departure {
  readonly file: RegExp
  readonly matches?: (group: Group, vector: Vector & { readonly label?: string; readonly msg?: string }) => boolean
  /** `not run`, or the outcome; on the backends that `on` tells apart, where they differ. */
  readonly outcome: Outcome | 'not run'
  readonly on?: (backend: string) => boolean
  /** How many vectors match. */
  readonly count: number
  readonly reason: string
}

const hasSha224 = ({ sha, mgfSha }: Group): boolean => sha === 'SHA-224' || mgfSha === 'SHA-224'
const isWeb = (backend: string): boolean => backend !== 'node:crypto'
const isBrowser = (backend: string): boolean => backend === 'the browser'

export const departures: readonly Departure[] = [
  {
    file: /^c2sp_/,
    outcome: 'not run',
    count: 70,
    reason: 'another message format, here to compare with',
  },
  {
    file: /^ecdsa_secp(256r1_sha512|384r1_sha256|384r1_sha512)$/,
    outcome: 'not run',
    count: 1568,
    reason: 'no algorithm suite has this hash with this curve',
  },
  {
    file: /^ecdsa_secp521r1_/,
    outcome: 'not run',
    count: 860,
    reason: 'no algorithm suite signs on P-521',
  },
  {
    file: /^rsa_oaep_misc$/,
    matches: hasSha224,
    outcome: 'not run',
    count: 123,
    reason: 'no keyring has SHA-224',
  },
  {
    file: /^aes_kwp$/,
    matches: (_, { comment }) => comment === 'RFC 3349 padding',
    outcome: 'accepted',
    count: 3,
    reason: 'what has the padding of RFC 3394 (the file says 3349) is no AES Key Wrap with Padding, but our algorithm',
  },
  {
    file: /^aes_kwp$/,
    matches: (_, { result }) => result === 'valid',
    outcome: 'refused',
    count: 77,
    reason: 'AES Key Wrap with Padding (RFC 5649) is another algorithm: what it wraps must not unwrap',
  },
  {
    file: /^aes_gcm$/,
    matches: ({ ivSize }, { result }) => ivSize !== 96 && result === 'valid',
    outcome: 'refused',
    count: 113,
    reason: 'message formats and provider infos have IVs of 12 bytes only',
  },
  {
    file: /^aes_gmac$/,
    matches: ({ ivSize }, { result }) => ivSize !== 96 && result === 'valid',
    outcome: 'refused',
    count: 45,
    reason: 'header tags have IVs of 12 bytes only',
  },
  {
    file: /^aes_wrap$/,
    matches: (_, { result, msg = '' }) => result === 'valid' && ![16, 24, 32].includes(msg.length / 2),
    outcome: 'refused',
    count: 3,
    reason: 'OpenSSL unwraps 384 bytes; an AES key has 16, 24 or 32',
  },
  {
    file: /^aes_wrap$/,
    matches: (_, { result }) => result === 'acceptable',
    outcome: 'refused',
    count: 3,
    reason: 'keys of 8 bytes: no AES key is that short',
  },
  {
    file: /^ecdh_/,
    matches: (_, { result, flags }) => result === 'acceptable' && flags.includes('CompressedPoint'),
    outcome: 'accepted',
    count: 9,
    reason: 'compressed points are what the ECDH keyrings write',
  },
  {
    file: /^ecdh_/,
    matches: (_, { result, flags }) => result === 'acceptable' && flags.includes('UnnamedCurve'),
    outcome: 'refused',
    count: 42,
    reason: 'explicit curve parameters are refused, also where they would do no harm',
  },
  {
    file: /^ecdh_/,
    matches: (_, { result, flags }) => result === 'acceptable' && flags.some((flag) => /^Invalid(Asn|Pem)$/.test(flag)),
    outcome: 'refused',
    count: 1328,
    reason: 'public keys are DER, read strictly',
  },
  {
    file: /^rsa_pkcs1_/,
    outcome: 'unsupported',
    on: isWeb,
    count: 201,
    reason: 'WebCrypto has no PKCS #1 v1.5 encryption',
  },
  {
    file: /^rsa_oaep_/,
    matches: (group) => group.sha !== group.mgfSha && !hasSha224(group),
    outcome: 'unsupported',
    on: isWeb,
    count: 408,
    reason: 'WebCrypto has OAEP with one hash for both uses only',
  },
  {
    file: /^rsa_three_primes_/,
    outcome: 'refused',
    on: isBrowser,
    count: 72,
    reason: 'Chromium reads keys of two primes only',
  },
  {
    file: /^rsa_/,
    matches: (group, { result, label = '' }) => result === 'valid' && label !== '' && !hasSha224(group),
    outcome: 'refused',
    count: 106,
    reason: 'the label of OAEP is empty in every keyring, and what has another does not decrypt',
  },
  {
    file: /^rsa_/,
    matches: (_, { result, label = '' }) => result === 'acceptable' && label !== '',
    outcome: 'refused',
    count: 3,
    reason: 'long labels of OAEP are labels, too',
  },
]

/** What a backend has to make of a vector. */
export function expectedOutcome(file: string, group: Group, vector: Vector, backend: string): Departure['outcome'] {
  const departure = departures.find((each) => isDeparture(each, file, group, vector) && (each.on?.(backend) ?? true))
  return departure?.outcome ?? (vector.result === 'valid' ? 'accepted' : 'refused')
}

export function isDeparture(departure: Departure, file: string, group: Group, vector: Vector): boolean {
  return departure.file.test(file) && (departure.matches?.(group, vector) ?? true)
}

/** What went wrong, one line for each vector, and how many came out as expected, in which way. */
export interface Report {
  readonly wrong: readonly string[]
  readonly outcomes: Readonly<Record<Departure['outcome'], number>>
}

/**
 * Runs the vectors of a file through `run`, one after the other.
 *
 * @param validStep - of those that are valid, each so many; of the others, all
 */
export async function runVectors<Test extends Vector, TestGroup extends Group<Test>>(
  file: string,
  backend: string,
  run: (group: TestGroup, vector: Test) => Promise<Outcome>,
  validStep = 1,
): Promise<Report> {
  const { testGroups } = await readJson<VectorFile<TestGroup>>(`${folder}/${file}_test.json`)
  const wrong: string[] = []
  const outcomes = { accepted: 0, refused: 0, unsupported: 0, 'not run': 0 }
  let valid = 0
  for (const group of testGroups) {
    for (const vector of group.tests) {
      if (vector.result === 'valid' && valid++ % validStep !== 0) continue
      const expected = expectedOutcome(file, group, vector, backend)
      const found = expected === 'not run' ? expected : await run(group, vector).catch(String)
      if (found === expected) {
        outcomes[found]++
      } else {
        const { tcId, result, comment, flags } = vector
        wrong.push(`tcId ${tcId}: ${found}, expected ${expected} (${result}: ${comment || flags.join()})`)
      }
    }
  }
  return { wrong, outcomes }
}
