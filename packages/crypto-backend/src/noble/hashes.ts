/** Hashes of what comes in parts; a module of its own, so that bundlers keep only what is named here. */
export { sha256, sha384 } from '@noble/hashes/sha2.js'
