/**
 * AES over bodies by `node:crypto`: synchronous, but for parts.
 *
 * @module
 */

import type { BodyBackend } from '../body-backend.ts'
import { bodyBackend } from '../node/body.ts'

/** `node:crypto` as a backend for bodies. */
export const nodeBodyBackend: BodyBackend = /* @__PURE__ */ Object.freeze(bodyBackend)
