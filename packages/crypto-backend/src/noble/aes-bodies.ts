/** AES over bodies where the platform lacks it; a module of its own, so that bundlers keep only what is named here. */
export { aeskw, cbc, ctr, gcm } from '@noble/ciphers/aes.js'
