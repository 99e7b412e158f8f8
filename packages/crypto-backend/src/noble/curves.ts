/** ECDSA of digests; a module of its own, so that bundlers keep only what is named here. */
export { p256, p384 } from '@noble/curves/nist.js'
