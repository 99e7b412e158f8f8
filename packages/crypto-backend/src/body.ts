/**
 * `@esdk/crypto-backend/body`: AES over bodies of any length, as S3 client-side encryption has them.
 *
 * @module
 */

export { defaultBodyBackend } from '#body-platform'
export type {
  BodyBackend,
  BodyKey,
  BodyOpener,
  BodyParts,
  BodyRange,
  BodySealer,
  CbcOpener,
} from './body-backend.ts'
