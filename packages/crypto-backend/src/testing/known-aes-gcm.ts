/**
 * Published answers of AES-GCM.
 *
 * @module
 */

import { hex } from './rule.ts'

/** McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 1, 4, 7, 10, 13 and 16. */
export const masterKey: Uint8Array<ArrayBuffer> = hex(
  'feffe9928665731c6d6a8f9467308308 feffe9928665731c6d6a8f9467308308',
)
export const iv: Uint8Array<ArrayBuffer> = hex('cafebabefacedbaddecaf888')
export const aad: Uint8Array<ArrayBuffer> = hex('feedfacedeadbeeffeedfacedeadbeefabaddad2')
export const plaintext: Uint8Array<ArrayBuffer> = hex(
  'd9313225f88406e5a55909c5aff5269a 86a7a9531534f7da2e4c303d8a318a72 1c3c0c95956809532fcf0e2449a6b525 b16aedf5aa0de657ba637b39',
)

interface GcmExample {
  readonly keyLength: number
  /** Under a key and an IV of zeros, of nothing. */
  readonly empty: string
  readonly sealed: string
}

export const examples: readonly GcmExample[] = [
  {
    keyLength: 16,
    empty: '58e2fccefa7e3061367f1d57a4e7455a',
    sealed:
      '42831ec2217774244b7221b784d0d49c e3aa212f2c02a4e035c17e2329aca12e 21d514b25466931c7d8f6a5aac84aa05 1ba30b396a0aac973d58e091 5bc94fbc3221a5db94fae95ae7121a47',
  },
  {
    keyLength: 24,
    empty: 'cd33b28ac773f74ba00ed1f312572435',
    sealed:
      '3980ca0b3c00e841eb06fac4872a2757 859e1ceaa6efd984628593b40ca1e19c 7d773d00c144c525ac619d18c84a3f47 18e2448b2fe324d9ccda2710 2519498e80f1478f37ba55bd6d27618c',
  },
  {
    keyLength: 32,
    empty: '530f8afbc74536b9a963b4f1c4cb738b',
    sealed:
      '522dc1f099567d07f47f37a32a84427d 643a8cdcbfe5c0c97598a2bd2555d1aa 8cb08e48590dbb3da7b08b1056828838 c5f61e6393ba7a0abcc9f662 76fc6ece0f4e1768cddf8853bb2d551b',
  },
]
