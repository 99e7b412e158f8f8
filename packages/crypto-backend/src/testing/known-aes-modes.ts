/**
 * Keys and plaintext of the published answers of AES in other modes than GCM.
 *
 * Spec: NIST SP 800-38A, appendix F
 *
 * @module
 */

import { hex } from './rule.ts'

export const modeKeys: readonly Uint8Array[] = [
  hex('2b7e151628aed2a6abf7158809cf4f3c'),
  hex('8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b'),
  hex('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4'),
]

/** Four blocks. */
export const modePlaintext: Uint8Array = hex(
  '6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51 30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710',
)
