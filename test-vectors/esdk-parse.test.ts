import { inspect } from '@esdk/client'
import { defaultBackend } from '@esdk/crypto-backend'
import {
  algorithmSuite,
  countRegularFrames,
  decode,
  decodeBase64,
  encodeHeader,
  formatSuiteId,
  isFinalFrame,
  type MessageHeader,
  parseSignature,
  parseUtf8,
  plaintextLength,
  publicKeyContextKey,
  readFinalFrameHead,
  readFooter,
  readHeader,
  readHeaderTag,
  readNonFramedBodyHead,
  regularFrameOverhead,
} from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { readBytes, readJson, sha256, toHex } from './source.ts'

/** A published message whose data keys only AWS KMS can unwrap: taken apart, not decrypted. */
interface ParseTest {
  readonly id: string
  readonly message: string
  readonly length: number
  readonly sha256: string
  readonly messageFormatVersion: 1 | 2
  readonly suiteId: string
  readonly messageId: string
  readonly encryptionContext: Readonly<Record<string, string>>
  readonly encryptedDataKeys: readonly {
    readonly providerId: string
    readonly providerInfo: string
    readonly ciphertextLength: number
  }[]
  readonly contentType: 'framed' | 'non-framed'
  readonly frameLength: number
  readonly frames?: number
  readonly headerBodyLength: number
  readonly headerLength: number
  readonly bodyEnd: number
  readonly signature?: { readonly valid: boolean; readonly bytes: readonly [number, number] }
}

const { tests } = await readJson<{ tests: ParseTest[] }>('esdk/parse/manifest.json')

/** What follows the body, and how many frames that has. */
function behindBody({ contentType, frameLength }: MessageHeader, body: Uint8Array) {
  if (contentType === 'nonframed') {
    const { value, rest } = decode(readNonFramedBodyHead(Number.POSITIVE_INFINITY), body)
    return { frames: undefined, rest: rest.subarray(value.contentLength + 16) }
  }
  let frames = 0
  let rest = body
  while (!isFinalFrame(rest)) {
    const stride = frameLength + regularFrameOverhead
    expect(countRegularFrames(rest.subarray(0, stride), { sequenceNumber: ++frames, frameLength })).toBe(1)
    rest = rest.subarray(stride)
  }
  const final = decode(readFinalFrameHead({ sequenceNumber: ++frames, frameLength }), rest)
  return { frames, rest: final.rest.subarray(final.value.contentLength + 16) }
}

describe('published messages under keys of AWS KMS', () => {
  it.each(tests.map((test) => [test.id, test] as const))('%s is taken apart', async (_, test) => {
    const message = await readBytes(`esdk/parse/${test.message}`)
    expect(message).toHaveLength(test.length)
    expect(await sha256(message)).toBe(test.sha256)

    const { value: header, raw, rest } = decode(readHeader({ maxEncryptedDataKeys: 65535 }), message)
    expect({
      version: header.version,
      suiteId: formatSuiteId(header.suite),
      messageId: toHex(header.messageId),
      encryptionContext: { ...header.encryptionContext },
      encryptedDataKeys: header.encryptedDataKeys.map((key) => ({
        providerId: key.providerId,
        providerInfo: parseUtf8(key.providerInfo),
        ciphertextLength: key.ciphertext.length,
      })),
      contentType: header.contentType,
      frameLength: header.frameLength,
      headerBodyLength: raw.length,
    }).toEqual({
      version: test.messageFormatVersion,
      suiteId: test.suiteId,
      messageId: test.messageId,
      encryptionContext: test.encryptionContext,
      encryptedDataKeys: test.encryptedDataKeys,
      contentType: test.contentType.replace('-', ''),
      frameLength: test.frameLength,
      headerBodyLength: test.headerBodyLength,
    })
    expect(toHex(encodeHeader(header))).toBe(toHex(raw))

    const suite = algorithmSuite(header.suite)
    const { rest: body } = decode(readHeaderTag(suite), rest)
    expect(message.length - body.length).toBe(test.headerLength)
    expect(inspect(message.subarray(0, test.headerLength)).headerLength).toBe(test.headerLength)

    const { frames, rest: footer } = behindBody(header, body)
    expect(frames).toBe(test.frames)
    expect(message.length - footer.length).toBe(test.bodyEnd)

    if (suite.signature.kind === 'none' || test.signature === undefined) {
      expect(suite.signature.kind).toBe('none')
      expect(test.signature).toBeUndefined()
      expect(footer).toHaveLength(0)
      expect(plaintextLength(header, message.length, test.headerLength)).toBe(
        test.bodyEnd - test.headerLength - overhead(frames),
      )
      return
    }
    const { value: der, rest: behind } = decode(readFooter(), footer)
    expect(behind).toHaveLength(0)
    expect(toHex(der)).toBe(toHex(message.subarray(...test.signature.bytes)))
    const { curve } = suite.signature
    const point = decodeBase64(header.encryptionContext[publicKeyContextKey] as string) as Uint8Array
    const verifier = (await defaultBackend.ecdsa.importPublicKey(curve, point))?.verifier()
    await verifier?.update(message.subarray(0, test.bodyEnd))
    expect(await verifier?.verify(parseSignature(curve, der) as Uint8Array)).toBe(test.signature.valid)
  })
})

/** Bytes of a body that are no plaintext: number, IV and tag of each frame, and marker and length of the last one. */
function overhead(frames: number | undefined): number {
  return frames === undefined ? 12 + 8 + 16 : frames * (4 + 12 + 16) + 4 + 4
}
