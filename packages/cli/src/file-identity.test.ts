import { linkSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Session } from '../test/session.ts'
import { identityAt, isWithin, realPathOf } from './file-identity.ts'

let session: Session
beforeEach(() => {
  session = new Session()
  session.write('a', 'a')
  session.write('sub/b', 'b')
})
afterEach(() => session.remove())

describe('the identity of a file', () => {
  it('is the same behind links and hard links, and another for another file', async () => {
    symlinkSync('a', session.path('link'))
    linkSync(session.path('a'), session.path('hard'))
    const identity = await identityAt(session.path('a'))
    const { dev, ino } = statSync(session.path('a'), { bigint: true })
    expect(identity).toBe(`${dev}:${ino}`)
    expect(await identityAt(session.path('link'))).toBe(identity)
    expect(await identityAt(session.path('hard'))).toBe(identity)
    expect(await identityAt(session.path('sub/b'))).not.toBe(identity)
    expect(await identityAt(session.path('missing'))).toBeUndefined()
  })
})

describe('the real path', () => {
  it('has no links, and keeps what does not exist yet', async () => {
    symlinkSync('sub', session.path('link'))
    const real = await realPathOf(session.folder)
    expect(await realPathOf(session.path('link/b'))).toBe(join(real, 'sub', 'b'))
    expect(await realPathOf(session.path('link/new/x'))).toBe(join(real, 'sub', 'new', 'x'))
  })
})

describe('within a folder', () => {
  it.each([
    ['/a', '/a', true],
    ['/a', '/a/b/c', true],
    ['/a', '/a/..b', true],
    ['/a', '/a/c:d', true],
    ['/a', '/ab', false],
    ['/a', '/', false],
    ['/a/b', '/a/c', false],
    ['/', '/a', true],
  ])('%s: %s is %s', (folder, path, expected) => {
    expect(isWithin(folder, path)).toBe(expected)
  })
})
