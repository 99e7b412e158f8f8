/**
 * How the body of an object is encrypted, as a table of data.
 *
 * | id     | body              | data key       | IV                | tag | commitment | written |
 * | ------ | ----------------- | -------------- | ----------------- | --- | ---------- | ------- |
 * | `0070` | AES-CBC           | 16, 24, 32     | 16, random        |     |            | never   |
 * | `0072` | AES-GCM           | 16, 24, 32     | 12, random        | 16  |            | by choice |
 * | `0073` | AES-256-GCM, HKDF | 32             | 12, all `01`      | 16  | 28 bytes   | yes     |
 *
 * Ranges of GCM bodies are read with AES-CTR; the specification counts these ways of reading as suites `0071` and `0074`.
 *
 * @module
 */

/** What a body is encrypted with. */
export type ContentSuite = (typeof contentSuites)[keyof typeof contentSuites]

/** The suites that are written. */
export type WritingSuite = Exclude<ContentSuite, { readonly kind: 'cbc' }>

const suites = {
  cbc: {
    kind: 'cbc',
    id: 0x0070,
    name: 'ALG_AES_256_CBC_IV16_NO_KDF',
    contentAlgorithm: 'AES/CBC/PKCS5Padding',
    committing: false,
    keyLengths: [16, 24, 32],
    tagLength: 0,
  },
  gcm: {
    kind: 'gcm',
    id: 0x0072,
    name: 'ALG_AES_256_GCM_IV12_TAG16_NO_KDF',
    contentAlgorithm: 'AES/GCM/NoPadding',
    committing: false,
    keyLengths: [16, 24, 32],
    tagLength: 16,
  },
  committing: {
    kind: 'committing',
    id: 0x0073,
    name: 'ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY',
    /** What wrapping algorithms bind the data key to. */
    contentAlgorithm: '115',
    committing: true,
    keyLengths: [32],
    tagLength: 16,
  },
} as const

/** The suites by what they are. Lengths in bytes. Frozen: keyrings and materials managers are given them. */
export const contentSuites: typeof suites = /* @__PURE__ */ frozen(suites)

function frozen(all: typeof suites): typeof suites {
  for (const suite of Object.values(all)) {
    Object.freeze(suite.keyLengths)
    Object.freeze(suite)
  }
  return Object.freeze(all)
}

/** Most bytes of plaintext that GCM encrypts under one key and IV. */
export const longestGcmPlaintext: number = 2 ** 36 - 32

/** Bytes of the data keys that are made here. */
export const newDataKeyLength = 32
