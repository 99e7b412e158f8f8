import { describe, expect, it } from 'vitest'
import { type Defect, inLargerMemory, late } from '../../test/defects.ts'
import { defaultBodyBackend } from '../body.ts'
import type { BodyBackend, BodyKey, BodyOpener, BodyParts, BodySealer, CbcOpener } from '../body-backend.ts'
import { bodyBackendContract, bodyBackendRules } from '../testing.ts'

const right: BodyBackend = { ...defaultBodyBackend }

function withKey(change: (key: BodyKey) => Partial<BodyKey>): BodyBackend {
  return {
    ...right,
    async importBodyKey(bytes) {
      const key = await right.importBodyKey(bytes)
      return { ...key, ...change(key) }
    },
  }
}

function withSealer(change: (sealer: BodySealer) => Partial<BodySealer>): BodyBackend {
  return withKey((key) => ({
    sealBody(iv, aad) {
      const sealer = key.sealBody(iv, aad)
      return { ...sealer, ...change(sealer) }
    },
  }))
}

function withOpener(change: (opener: BodyOpener) => Partial<BodyOpener>): BodyBackend {
  return withKey((key) => ({
    openBody(iv, aad) {
      const opener = key.openBody(iv, aad)
      return { ...opener, ...change(opener) }
    },
  }))
}

/** What a class has by its prototype, as an object has it. */
function methodsOf(parts: BodyParts): BodyParts {
  return {
    seal: (offset, plaintext) => parts.seal(offset, plaintext),
    open: (offset, ciphertext) => parts.open(offset, ciphertext),
    tag: (length) => parts.tag(length),
    isRight: (length, tag) => parts.isRight(length, tag),
    zero: () => parts.zero(),
  }
}

function withParts(change: (parts: BodyParts) => Partial<BodyParts>): BodyBackend {
  return withKey((key) => ({
    bodyInParts(iv, aad) {
      const parts = methodsOf(key.bodyInParts(iv, aad))
      return { ...parts, ...change(parts) }
    },
  }))
}

function withCbc(change: (opener: CbcOpener) => Partial<CbcOpener>): BodyBackend {
  return withKey((key) => ({
    openCbc(iv) {
      const opener = key.openCbc(iv)
      const methods: CbcOpener = {
        update: (ciphertext) => opener.update(ciphertext),
        finish: () => opener.finish(),
        finishWithin: () => opener.finishWithin(),
      }
      return { ...methods, ...change(methods) }
    },
  }))
}

/** Forgets that it was called before. */
function neverFinished<Result>(finish: () => Result): () => Result {
  let first: { readonly result: Result } | undefined
  return () => {
    first ??= { result: finish() }
    return first.result
  }
}

const noPadding: CbcOpener['finish'] = () => new Uint8Array(0)

const defects: readonly Defect<BodyBackend>[] = [
  {
    rule: 'a body of AES-GCM gives the published answers with keys of 128, 192 and 256 bits',
    what: 'the tag before the rest',
    backend: withSealer((sealer) => ({ finish: async () => (await sealer.finish()).reverse() })),
  },
  {
    rule: 'a body of AES-GCM is the same however it is cut, at every place and with empty chunks between',
    what: 'one byte that is held back and lost',
    backend: withSealer((sealer) => ({
      update: async (plaintext) => sealer.update(plaintext.length === 99 ? plaintext.subarray(1) : plaintext),
    })),
  },
  {
    rule: 'a body of AES-GCM is the same when its chunks are long, and when short ones follow on long ones',
    what: 'the end of a long chunk',
    backend: withSealer((sealer) => ({ update: (plaintext) => sealer.update(plaintext.subarray(0, 65_536)) })),
  },
  {
    rule: 'a body of AES-GCM is nothing when a byte of ciphertext, tag, AAD or IV is another, or the tag is cut',
    what: 'a tag of which 12 bytes are enough',
    backend: withOpener((opener) => ({
      finish: (tag) => (tag.length === 12 ? new Uint8Array(0) : opener.finish(tag)),
    })),
  },
  {
    rule: 'a body of AES-GCM is nothing when a byte of ciphertext, tag, AAD or IV is another, or the tag is cut',
    what: 'an error in place of nothing',
    backend: withOpener((opener) => ({
      async finish(tag) {
        const rest = await opener.finish(tag)
        if (rest === undefined) throw new Error('unable to authenticate')
        return rest
      },
    })),
  },
  {
    rule: 'a body of AES-GCM comes out in memory of its own',
    what: 'ciphertext within a pool',
    backend: withSealer((sealer) => ({
      update: async (plaintext) => inLargerMemory(await sealer.update(plaintext)),
    })),
  },
  {
    rule: 'key, IV and AAD of a body are copied before the call returns; no argument is changed',
    what: 'a key that is read later',
    backend: { ...right, importBodyKey: late(right.importBodyKey) },
  },
  {
    rule: 'key, IV and AAD of a body are copied before the call returns; no argument is changed',
    what: 'a chunk that is encrypted where it stands',
    backend: withSealer((sealer) => ({
      async update(plaintext) {
        const ciphertext = await sealer.update(plaintext)
        plaintext.set(ciphertext.subarray(0, plaintext.length))
        return ciphertext
      },
    })),
  },
  {
    rule: 'a key of another length than 16, 24 or 32 bytes, or an IV of another than 12, is a RangeError',
    what: 'the first 12 bytes of a longer IV',
    backend: withKey((key) => ({ bodyInParts: (iv, aad) => key.bodyInParts(iv.subarray(0, 12), aad) })),
  },
  {
    rule: 'a body of AES-GCM that is finished takes nothing more: a TypeError',
    what: 'a tag that can be asked for again',
    backend: withSealer((sealer) => ({ finish: neverFinished(() => sealer.finish()) })),
  },
  {
    rule: 'a body of AES-GCM that is zeroed takes nothing more: a TypeError. It may be zeroed again, and at any time',
    what: 'a body that goes on',
    backend: withOpener(() => ({ zero: () => {} })),
  },
  {
    rule: 'parts give the published answers with keys of 128, 192 and 256 bits, wherever they are cut',
    what: 'a body that begins with the block of the tag',
    backend: withKey((key) => ({
      bodyInParts(iv, aad) {
        const parts = methodsOf(key.bodyInParts(iv, aad))
        return { ...parts, seal: (offset, plaintext) => parts.seal(offset + 16, plaintext) }
      },
    })),
  },
  {
    rule: 'parts are the same as the whole: a body of 100 bytes cut at every place, and into single bytes',
    what: 'parts that begin with a block',
    backend: withParts((parts) => ({ open: (offset, bytes) => parts.open(offset - (offset % 16), bytes) })),
  },
  {
    rule: 'parts are the same as the whole: 200 random cuts, in random order and side by side',
    what: 'one part at a time',
    backend: withParts((parts) => {
      let busy = false
      return {
        async seal(offset, plaintext) {
          if (busy) throw new Error('busy')
          busy = true
          const ciphertext = await parts.seal(offset, plaintext)
          busy = false
          return ciphertext
        },
      }
    }),
  },
  {
    rule: 'parts are the same as the whole: nothing, and lengths around a block',
    what: 'no tag of nothing',
    backend: withParts((parts) => ({
      async tag(length) {
        if (length === 0) throw new Error('nothing to authenticate')
        return parts.tag(length)
      },
    })),
  },
  {
    rule: 'a part that is sealed again is the same again, and counts once',
    what: 'each place once',
    backend: withParts((parts) => {
      const places = new Set<number>()
      return {
        async seal(offset, plaintext) {
          if (places.has(offset)) throw new RangeError('sealed before')
          places.add(offset)
          return parts.seal(offset, plaintext)
        },
      }
    }),
  },
  {
    rule: 'a part that is sealed over other bytes, or across others, is a RangeError, and spoils nothing',
    what: 'the key stream for whoever asks twice',
    backend: withKey((key) => ({
      bodyInParts(iv, aad) {
        const parts = methodsOf(key.bodyInParts(iv, aad))
        const again = async (offset: number, plaintext: Uint8Array) => key.readRange(iv, offset).update(plaintext)
        return {
          ...parts,
          seal: (offset, plaintext) => parts.seal(offset, plaintext).catch(() => again(offset, plaintext)),
        }
      },
    })),
  },
  {
    rule: 'there is no tag of parts with a gap, an overlap or another end: a RangeError',
    what: 'a tag that is not right, in place of a mistake',
    backend: withParts((parts) => ({ isRight: (length, tag) => parts.isRight(length, tag).catch(() => false) })),
  },
  {
    rule: 'a tag is right for the parts that were opened and no others: not changed, not cut, not opened twice',
    what: 'a tag of which 12 bytes are enough',
    backend: withParts((parts) => ({
      async isRight(length, tag) {
        const whole = await parts.tag(length).catch(() => new Uint8Array(16))
        return whole.subarray(0, tag.length).every((byte, i) => byte === tag[i]) && tag.length >= 12
      },
    })),
  },
  {
    rule: 'parts stand within the longest body of AES-GCM, up to its last byte; elsewhere they are a RangeError',
    what: 'a counter of 32 bits that begins again',
    backend: withKey((key) => ({
      bodyInParts(iv, aad) {
        const parts = methodsOf(key.bodyInParts(iv, aad))
        return { ...parts, open: (offset, bytes) => parts.open(Math.max(0, offset) % 2 ** 36, bytes) }
      },
    })),
  },
  {
    rule: 'parts that were zeroed do nothing more: a TypeError, also for what is under way',
    what: 'nothing of it',
    backend: withParts(() => ({ zero: () => undefined })),
  },
  {
    rule: 'parts give memory of their own, and leave their arguments as they are; IV and AAD are copied',
    what: 'a part within a pool',
    backend: withParts((parts) => ({
      seal: async (offset, plaintext) => inLargerMemory(await parts.seal(offset, plaintext)),
    })),
  },
  {
    rule: 'a range is AES-CTR: the published answers (NIST SP 800-38A) stand at 63 GiB of a body',
    what: 'offsets of 32 bits',
    backend: withKey((key) => ({ readRange: (iv, offset) => key.readRange(iv, offset % 2 ** 32) })),
  },
  {
    rule: 'a range reads from every place to every other, in one chunk and byte by byte',
    what: 'a range that begins with a block',
    backend: withKey((key) => ({ readRange: (iv, offset) => key.readRange(iv, offset - (offset % 16)) })),
  },
  {
    rule: 'a range reaches the last block of the longest body, and a RangeError begins behind it',
    what: 'a counter that begins again',
    backend: withKey((key) => ({
      readRange(iv, offset) {
        const range = key.readRange(iv, offset)
        return {
          async update(bytes) {
            try {
              return await range.update(bytes)
            } catch {
              return bytes
            }
          },
        }
      },
    })),
  },
  {
    rule: 'a range gives memory of its own, and leaves its arguments as they are; the IV is copied',
    what: 'an IV that is read later',
    backend: withKey((key) => ({
      readRange: (iv, offset) => ({ update: (bytes) => key.readRange(iv, offset).update(bytes) }),
    })),
  },
  {
    rule: 'AES-CBC gives the published answers (NIST SP 800-38A), however it is cut, and from every block on',
    what: 'padding where there is none',
    backend: withCbc((opener) => ({ finishWithin: () => opener.finish() })),
  },
  {
    rule: 'AES-CBC reads long bodies in chunks of any length',
    what: 'the end of a long chunk',
    backend: withCbc((opener) => ({ update: (bytes) => opener.update(bytes.subarray(0, 65_536)) })),
  },
  {
    rule: 'AES-CBC takes off padding of 1 to 16 bytes',
    what: 'no padding of a whole block',
    backend: withCbc((opener) => ({
      async finish() {
        const rest = await opener.finish()
        return rest?.length === 0 ? undefined : rest
      },
    })),
  },
  {
    rule: 'AES-CBC gives nothing, and no error, for every wrong padding and every wrong length',
    what: 'an empty end in place of nothing',
    backend: withCbc((opener) => ({ finish: async () => (await opener.finish()) ?? noPadding() })),
  },
  {
    rule: 'AES-CBC gives memory of its own, leaves its arguments as they are, and copies the IV of 16 bytes',
    what: 'an IV of any length',
    backend: withKey((key) => ({ openCbc: (iv) => key.openCbc(iv.length === 16 ? iv : new Uint8Array(16)) })),
  },
  {
    rule: 'a body of AES-CBC that is finished takes nothing more: a TypeError',
    what: 'an end that can be asked for again',
    backend: withCbc((opener) => ({ finish: neverFinished(() => opener.finish()) })),
  },
  {
    rule: 'a key that was encrypted block by block comes back, in memory of its own; no argument is changed',
    what: 'a wrapping key that is read later',
    backend: { ...right, decryptAesKey: late(right.decryptAesKey) },
  },
  {
    rule: 'nothing comes back from other blocks, another wrapping key, or what is no AES key',
    what: 'an error in place of nothing',
    backend: {
      ...right,
      async decryptAesKey(wrappingKey, encrypted) {
        const key = await right.decryptAesKey(wrappingKey, encrypted)
        if (key === undefined) throw new Error('bad decrypt')
        return key
      },
    },
  },
  {
    rule: 'AES key unwrap gives the published answers (RFC 3394), in memory of their own',
    what: 'a key within a pool',
    backend: {
      ...right,
      async unwrapAesKey(wrappingKey, wrapped) {
        const key = await right.unwrapAesKey(wrappingKey, wrapped)
        return key && inLargerMemory(key)
      },
    },
  },
  {
    rule: 'AES key unwrap gives nothing for a changed byte, another key, or a length that is not wrapped',
    what: 'an error',
    backend: {
      ...right,
      async unwrapAesKey(wrappingKey, wrapped) {
        const key = await right.unwrapAesKey(wrappingKey, wrapped)
        if (key === undefined) throw new Error('integrity check failed')
        return key
      },
    },
  },
  {
    rule: 'AES key unwrap gives only keys of 16, 24 or 32 bytes, however rightly others are wrapped',
    what: 'a key of 40 bytes',
    backend: {
      ...right,
      unwrapAesKey: async (wrappingKey, wrapped) =>
        wrapped.length === 48 ? new Uint8Array(40) : right.unwrapAesKey(wrappingKey, wrapped),
    },
  },
  {
    rule: 'AES key unwrap copies the wrapping key before the call returns, and leaves its arguments as they are',
    what: 'a key that is read later',
    backend: { ...right, unwrapAesKey: late(right.unwrapAesKey) },
  },
]

describe('the rules of a backend for bodies', () => {
  it('each have a name of their own', () => {
    expect(new Set(bodyBackendRules.map(({ name }) => name)).size).toBe(bodyBackendRules.length)
  })

  it('are each shown to notice something', () => {
    const noticed = new Set(defects.map(({ rule }) => rule))
    expect(bodyBackendRules.map(({ name }) => name).filter((name) => !noticed.has(name))).toEqual([])
  })

  it.each(defects.map((defect) => [defect.rule, defect.what, defect] as const))(
    '%s: notices %s',
    async (rule, _, { backend }) => {
      const check = bodyBackendRules.find(({ name }) => name === rule)?.check
      await expect(check?.(backend)).rejects.toThrow(Error)
    },
  )
})

describe('bodyBackendContract', () => {
  it('passes the backend of this platform', async () => {
    await expect(bodyBackendContract(defaultBodyBackend)).resolves.toBeUndefined()
  })

  it('names every broken rule in one error', async () => {
    const backend: BodyBackend = { ...withCbc(() => ({ finish: noPadding })), name: 'mine' }
    const error: unknown = await bodyBackendContract(backend).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(AggregateError)
    const { message, errors } = error as AggregateError
    expect(message).toContain(`the backend "mine" breaks 3 of ${bodyBackendRules.length} rules:\n- AES-CBC `)
    expect(errors).toHaveLength(3)
  })
})
