/** ECDSA of digests, and public points; a module of its own, so that bundlers keep only what is named here. */
export { p256, p384, p521 } from '@noble/curves/nist.js'
