import { contextOf } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { context, forbidding, toEncrypt } from '../test/requests.ts'
import { KnownKeys } from './known-keys.ts'

/** Computes a key by counting. */
function counter() {
  const keys = new KnownKeys()
  let computed = 0
  return {
    of: (changes: Parameters<typeof toEncrypt>[0] = {}) => keys.of(toEncrypt(changes), () => `key ${++computed}`),
  }
}

const tenant = (value: string) => ({ encryptionContext: contextOf([['tenant', value]]) })

describe('keys that were computed before', () => {
  it('are remembered for equal requests, whatever the length of the plaintext', async () => {
    const keys = counter()
    expect(await keys.of()).toBe('key 1')
    expect(await keys.of({ encryptionContext: { ...context }, maxPlaintextLength: 5 })).toBe('key 1')
  })

  it('are not those of requests that differ in anything', async () => {
    const keys = counter()
    const requests = [
      {},
      { commitmentPolicy: forbidding },
      { suite: undefined as never },
      tenant('a'),
      tenant('b'),
      { requiredContextKeys: new Set(['tenant']) },
      { requiredContextKeys: new Set(['purpose']) },
      { requiredContextKeys: new Set(['tenant', 'purpose']) },
    ]
    const found: string[] = []
    for (const request of requests) found.push(await keys.of(request))
    expect(new Set(found).size).toBe(requests.length)
  })

  it('are forgotten when there are 256 of them', async () => {
    const keys = counter()
    for (let i = 1; i <= 256; i++) await keys.of(tenant(`${i}`))
    expect(await keys.of(tenant('1'))).toBe('key 1')
    expect(await keys.of(tenant('257'))).toBe('key 257')
    expect(await keys.of(tenant('1'))).toBe('key 258')
  })

  it('of long requests are not remembered', async () => {
    const keys = counter()
    const long = tenant('x'.repeat(1024))
    expect([await keys.of(long), await keys.of(long)]).toEqual(['key 1', 'key 2'])
  })
})
