import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { refusalOf } from './refusal.ts'
import { openSurroundings } from './surroundings.ts'

const arn = (region: string) => `arn:aws:kms:${region}:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab`

describe('what examples run on', () => {
  it('is three keys in three Regions of this process, with aliases, and no call made', async () => {
    const { keys, accountId, clientFor, takeCalls, folder, close } = await openSurroundings({})
    expect(keys.map(({ region }) => region)).toEqual(['us-east-1', 'us-west-2', 'eu-west-1'])
    expect(takeCalls()).toEqual([])
    for (const { region, arn, alias } of keys) {
      expect(alias).toBe(`arn:aws:kms:${region}:${accountId}:alias/example`)
      expect(await clientFor(region).generateDataKey({ KeyId: alias, NumberOfBytes: 32 })).toMatchObject({ KeyId: arn })
    }
    expect(takeCalls()).toEqual(keys.map(({ region }) => `GenerateDataKey ${region}`))
    expect(takeCalls()).toEqual([])
    expect(existsSync(folder)).toBe(true)
    await close()
    expect(existsSync(folder)).toBe(false)
  })

  it.each([
    ['two keys', [arn('us-east-1'), arn('us-west-2')], 'found 2'],
    ['four keys', ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-west-2'].map(arn), 'found 4'],
    ['two Regions', [arn('us-east-1'), arn('us-west-2'), arn('us-east-1')], 'three Regions'],
    ['an alias', [arn('us-east-1'), arn('us-west-2'), 'alias/mine'], 'found "alias/mine"'],
  ])('refuses %s in ESDK_EXAMPLE_KEYS', async (_, arns, message) => {
    await expect(openSurroundings({ ESDK_EXAMPLE_KEYS: arns.join(',') })).rejects.toThrow(message)
  })
})

describe('a refusal', () => {
  it('has to happen, and to be one of esdk', async () => {
    await expect(refusalOf(Promise.resolve())).rejects.toThrow('should have been refused')
    await expect(refusalOf(Promise.reject(new TypeError('a mistake')))).rejects.toThrow('a mistake')
  })
})
