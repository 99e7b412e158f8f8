/**
 * `@esdk/serialize`: the message format of the AWS Encryption SDK as pure functions over bytes.
 *
 * @module
 */

export {
  type AlgorithmSuite,
  type AlgorithmSuiteId,
  type SuiteKdf,
  type SuiteSignature,
  type SuiteV1,
  type SuiteV2,
  algorithmSuite,
  algorithmSuites,
  findAlgorithmSuite,
  formatSuiteId,
} from './algorithm-suite.ts'
export { decodeBase64, encodeBase64 } from './base64.ts'
export { type BodyContent, bodyAad, sequenceNumberOffset } from './body-aad.ts'
export { ByteWriter, compareBytes, concat, hex, parseUtf8, readU16, readU32, sameBytes, u16, u32, utf8, writeU32 } from './bytes.ts'
export { type Decoded, type Decoder, decode, truncated } from './decoder.ts'
export {
  type EncryptedDataKey,
  encodeEncryptedDataKey,
  readEncryptedDataKeys,
} from './encrypted-data-key.ts'
export {
  type EncryptionContext,
  compareUtf8,
  contextOf,
  copyContext,
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
  LimitError,
  type LimitName,
  MessageFormatError,
  type MessageFormatErrorCode,
  isEsdkError,
} from './errors.ts'
export { encodeFooter, readFooter } from './footer.ts'
export {
  type ExpectedFrame,
  type FinalFrameHead,
  countRegularFrames,
  encodeFinalFramePrefix,
  encodeRegularFramePrefix,
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
  type HeaderLimits,
  type MessageHeader,
  type MessageHeaderV1,
  type MessageHeaderV2,
  defaultFrameLength,
  encodeHeader,
  headerLength,
  maxFrameLength,
  minFrameLength,
  readHeader,
} from './header.ts'
export { type HeaderTag, encodeHeaderTag, headerAad, readHeaderTag } from './header-tag.ts'
export { ciphertextLength, footerLength, plaintextLength } from './message-length.ts'
export { type NonFramedBodyHead, maxNonFramedLength, readNonFramedBodyHead } from './nonframed-body.ts'
export { checkMessageStart, recognisedLength } from './recognise.ts'
export { type SignatureCurve, encodeSignature, parseSignature, signatureLengths } from './signature.ts'
