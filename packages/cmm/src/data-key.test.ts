import { describe, expect, it } from 'vitest'
import { DataKey } from './data-key.ts'

const bytes = Uint8Array.of(0xde, 0xad, 0xbe, 0xef)

describe('a data key', () => {
  it('gives its bytes and their number', () => {
    const key = new DataKey(bytes)
    expect(key.expose()).toEqual(bytes)
    expect(key.length).toBe(4)
  })

  it('copies the bytes: neither side sees what the other does to its own', () => {
    const given = bytes.slice()
    const key = new DataKey(given)
    given.fill(1)
    expect(key.expose()).toEqual(bytes)
    key.zero()
    expect(given).toEqual(Uint8Array.of(1, 1, 1, 1))
  })

  it('lies in memory of its own, whatever it was made from (K1)', () => {
    const pool = new Uint8Array(1024).fill(9)
    pool.set(bytes, 100)
    const exposed = new DataKey(pool.subarray(100, 104)).expose()
    expect([exposed.byteOffset, exposed.buffer.byteLength]).toEqual([0, 4])
  })

  it('copies shared memory once: later changes are not seen (K3)', () => {
    if (typeof SharedArrayBuffer === 'undefined') return
    const shared = new Uint8Array(new SharedArrayBuffer(4))
    shared.set(bytes)
    const key = new DataKey(shared)
    shared.fill(0)
    expect(key.expose()).toEqual(bytes)
  })

  it('is overwritten by zero(), which may be called again (K2)', () => {
    const key = new DataKey(bytes)
    const exposed = key.expose()
    key.zero()
    key.zero()
    expect(exposed).toEqual(new Uint8Array(4))
    expect(key.length).toBe(4)
  })

  it('cannot be used once it is zeroed: a key of zeros would encrypt for everybody', () => {
    const key = new DataKey(bytes)
    key.zero()
    const gone = 'this data key has been zeroed: take a clone before it is handed over'
    expect(() => key.expose()).toThrow(new TypeError(gone))
    expect(() => key.clone()).toThrow(new TypeError(gone))
  })

  it('has clones that are zeroed by themselves', () => {
    const key = new DataKey(bytes)
    const clone = key.clone()
    key.zero()
    expect(clone.expose()).toEqual(bytes)
    const second = clone.clone()
    clone.zero()
    expect(second.expose()).toEqual(bytes)
  })

  it('is made of bytes, and of nothing that would become so many zeros', () => {
    for (const wrong of [32, '32', [1, 2, 3], new ArrayBuffer(32), undefined, null]) {
      expect(() => new DataKey(wrong as unknown as Uint8Array)).toThrow(TypeError)
    }
    expect(() => new DataKey(32 as unknown as Uint8Array)).toThrow('a data key is made of bytes, found number')
  })

  it('does not show itself as text, in JSON, or by its members (K12)', () => {
    const key = new DataKey(new TextEncoder().encode('a secret of mine'))
    const shown = [
      String(key),
      // What a template does.
      ''.concat(key as unknown as string),
      JSON.stringify(key),
      JSON.stringify({ materials: { dataKey: key } }),
      JSON.stringify(Object.entries(key)),
      JSON.stringify({ ...key }),
      Object.getOwnPropertyNames(key).join(),
    ].join('\n')
    expect(shown).not.toMatch(/secret|97,32,115|97.*115/)
    expect(String(key)).toBe('[data key]')
    expect(JSON.stringify({ key })).toBe('{"key":"[data key]"}')
  })

  it('is not among what a structured clone carries', () => {
    expect(structuredClone(new DataKey(bytes))).toEqual({})
  })
})
