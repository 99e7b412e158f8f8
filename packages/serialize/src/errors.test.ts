import { describe, expect, it } from 'vitest'
import { EsdkError, isEsdkError, LimitError, MessageFormatError } from './errors.ts'

describe('an error of the message format', () => {
  it('has a name, a code and a cause', () => {
    const cause = new Error('the disk is full')
    const error = new MessageFormatError('ERR_ESDK_BODY_SEQUENCE', 'frame 3 where frame 2 was expected', { cause })
    expect(error).toBeInstanceOf(EsdkError)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'MessageFormatError', code: 'ERR_ESDK_BODY_SEQUENCE', cause })
    expect(String(error)).toBe('MessageFormatError: frame 3 where frame 2 was expected')
  })
})

describe('an error about a limit', () => {
  it('says which, what it allows, and what was found', () => {
    const error = new LimitError('maxFrameLength', 4096, 8192, 'the frames are too long')
    expect(error).toBeInstanceOf(EsdkError)
    expect(error).toMatchObject({
      name: 'LimitError',
      code: 'ERR_ESDK_LIMIT',
      limit: 'maxFrameLength',
      allowed: 4096,
      found: 8192,
      message: 'the frames are too long: found 8192, at most 4096 allowed by maxFrameLength',
    })
  })
})

describe('isEsdkError', () => {
  it('knows every error of this package', () => {
    expect(isEsdkError(new MessageFormatError('ERR_ESDK_TRUNCATED', ''))).toBe(true)
    expect(isEsdkError(new LimitError('maxHeaderLength', 1, 2, ''))).toBe(true)
  })

  it('knows those of a second copy of the package, which are of another class', () => {
    const foreign = Object.assign(new Error('from elsewhere'), { code: 'ERR_ESDK_TRUNCATED' })
    expect(foreign).not.toBeInstanceOf(EsdkError)
    expect(isEsdkError(foreign)).toBe(true)
  })

  it.each([
    ['an error without a code', new Error('no code')],
    ['an error of Node', Object.assign(new Error('no such file'), { code: 'ENOENT' })],
    ['an error whose code is a number', Object.assign(new Error('aborted'), { code: 20 })],
    ['an object with a code', { code: 'ERR_ESDK_TRUNCATED' }],
    ['a string', 'ERR_ESDK_TRUNCATED'],
    ['null', null],
    ['undefined', undefined],
  ])('does not take %s for one', (_, value) => {
    expect(isEsdkError(value)).toBe(false)
  })
})
