/**
 * What callers say of a plaintext, and S3 would hold against the ciphertext.
 *
 * @module
 */

/** The values of checksums in requests. An algorithm alone is fine: the AWS SDK computes it over the ciphertext. */
const checksums = [
  'ContentMD5',
  'ChecksumCRC32',
  'ChecksumCRC32C',
  'ChecksumCRC64NVME',
  'ChecksumMD5',
  'ChecksumSHA1',
  'ChecksumSHA256',
  'ChecksumSHA512',
  'ChecksumXXHASH3',
  'ChecksumXXHASH64',
  'ChecksumXXHASH128',
] as const

/** @throws TypeError - a checksum of the plaintext, or bytes that are to be added to an object */
export function checkWritableRequest(input: object): void {
  const given = input as Readonly<Record<string, unknown>>
  const checksum = checksums.find((name) => given[name] !== undefined)
  if (checksum !== undefined) {
    throw new TypeError(
      `${checksum} is a checksum of the plaintext, and S3 would compare it with the ciphertext: leave it out, and set ChecksumAlgorithm to have one made of the ciphertext`,
    )
  }
  if (given['WriteOffsetBytes'] !== undefined) {
    throw new TypeError('WriteOffsetBytes adds to an object: an encrypted one is written as a whole')
  }
}
