/**
 * `@esdk/serialize`: the message format of the AWS Encryption SDK as pure functions over bytes.
 *
 * @module
 */

export {
  type AlgorithmSuite,
  type AlgorithmSuiteId,
  algorithmSuite,
  algorithmSuites,
  findAlgorithmSuite,
  formatSuiteId,
  type SuiteKdf,
  type SuiteSignature,
  type SuiteV1,
  type SuiteV2,
} from './algorithm-suite.ts'
export { decodeBase64, encodeBase64 } from './base64.ts'
export { type BodyContent, bodyAad, sequenceNumberOffset } from './body-aad.ts'
export {
  ByteWriter,
  compareBytes,
  concat,
  hex,
  parseUtf8,
  readU16,
  readU32,
  sameBytes,
  u16,
  u32,
  utf8,
  writeU32,
} from './bytes.ts'
export { type Decoded, type Decoder, decode, truncated } from './decoder.ts'
export {
  type EncryptedDataKey,
  encodeEncryptedDataKey,
  readEncryptedDataKeys,
} from './encrypted-data-key.ts'
export {
  compareUtf8,
  contextOf,
  copyContext,
  type EncryptionContext,
  emptyContext,
  encodeContext,
  encodePairs,
  mayBeTooLong,
  parseContext,
  publicKeyContextKey,
  reservedContextPrefix,
} from './encryption-context.ts'
export {
  EsdkError,
  type EsdkErrorCode,
  isEsdkError,
  LimitError,
  type LimitName,
  MessageFormatError,
  type MessageFormatErrorCode,
} from './errors.ts'
export { encodeFooter, readFooter } from './footer.ts'
export {
  countRegularFrames,
  type ExpectedFrame,
  encodeFinalFramePrefix,
  encodeRegularFramePrefix,
  type FinalFrameHead,
  finalFrameOverhead,
  frameIv,
  isFinalFrame,
  maxFrames,
  readFinalFrameHead,
  regularFrameIvOffset,
  regularFrameOverhead,
  regularFramePrefixLength,
} from './frame.ts'
export {
  type ContentType,
  defaultFrameLength,
  encodeHeader,
  type HeaderLimits,
  headerLength,
  type MessageHeader,
  type MessageHeaderV1,
  type MessageHeaderV2,
  maxFrameLength,
  minFrameLength,
  readHeader,
} from './header.ts'
export { encodeHeaderTag, type HeaderTag, headerAad, readHeaderTag } from './header-tag.ts'
export { ciphertextLength, footerLength, plaintextLength } from './message-length.ts'
export { maxNonFramedLength, type NonFramedBodyHead, readNonFramedBodyHead } from './nonframed-body.ts'
export { checkMessageStart, recognisedLength } from './recognise.ts'
export { encodeSignature, parseSignature, type SignatureCurve, signatureLengths } from './signature.ts'
