import { readdir } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { readJson } from './source.ts'
import {
  departures,
  expectedOutcome,
  files,
  folder,
  type Group,
  isDeparture,
  type Vector,
  type VectorFile,
} from './wycheproof.ts'

function nameOf({ file, vector }: Place): string {
  return `${file} ${vector.tcId}`
}

interface Place {
  readonly file: string
  readonly group: Group
  readonly vector: Vector
}

const names = (await readdir(new URL(folder, import.meta.url))).map((name) => name.replace('_test.json', ''))
const contents = await Promise.all(
  names.map(async (file) => ({ file, ...(await readJson<VectorFile<Group>>(`${folder}/${file}_test.json`)) })),
)
const places: readonly Place[] = contents.flatMap(({ file, testGroups }) =>
  testGroups.flatMap((group) => group.tests.map((vector) => ({ file, group, vector }))),
)

function outcomesOn(backend: string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { file, group, vector } of places) {
    const outcome = expectedOutcome(file, group, vector, backend)
    counts[outcome] = (counts[outcome] ?? 0) + 1
  }
  return counts
}

describe('the Wycheproof vectors', () => {
  it('are 57 files, as many as their README says, with all their tests', () => {
    expect(names).toHaveLength(57)
    expect(places).toHaveLength(16_352)
    for (const { file, numberOfTests } of contents) {
      expect([file, places.filter((place) => place.file === file).length]).toEqual([file, numberOfTests])
    }
  })

  it('are run by a test, file by file, or left out with a reason', () => {
    const run: readonly string[] = Object.values(files).flat()
    const leftOut = names.filter((name) =>
      departures.some(({ file, matches, outcome }) => outcome === 'not run' && !matches && file.test(name)),
    )
    expect([...run, ...leftOut].sort()).toEqual([...names].sort())
  })

  it.each(departures.map((departure) => [departure.reason, departure.count, departure] as const))(
    'depart in one way: %s (%i vectors)',
    (_, count, departure) => {
      const matching = places.filter(({ file, group, vector }) => isDeparture(departure, file, group, vector))
      expect(matching).toHaveLength(count)
    },
  )

  it('leave nothing open: each acceptable vector has a line that says what is chosen', () => {
    const open = places.filter(
      ({ file, group, vector }) =>
        vector.result === 'acceptable' &&
        !departures.some((departure) => !departure.on && isDeparture(departure, file, group, vector)),
    )
    expect(open.map(nameOf)).toEqual([])
  })

  it('never depart to accept what is invalid, but for three keys in aes_kwp that are wrapped in our way', () => {
    const accepted = places.filter(
      ({ file, group, vector }) =>
        vector.result === 'invalid' && expectedOutcome(file, group, vector, 'node:crypto') === 'accepted',
    )
    expect(accepted.map(nameOf)).toEqual(['aes_kwp 59', 'aes_kwp 142', 'aes_kwp 238'])
  })

  it('are 13,731 that are run: 9413 valid, 2933 invalid, 1385 acceptable', () => {
    const counts = { valid: 0, invalid: 0, acceptable: 0 }
    for (const { file, group, vector } of places) {
      if (expectedOutcome(file, group, vector, 'node:crypto') !== 'not run') counts[vector.result]++
    }
    expect(counts).toEqual({ valid: 9413, invalid: 2933, acceptable: 1385 })
  })

  // What the files say, and then line by line of the departures. Change both together.
  const notRun = 70 + 1568 + 860 + 123
  const refusedValid = 77 + 113 + 45 + 3 + 106
  const onNode = {
    'not run': notRun,
    accepted: 9413 - refusedValid + 3 + 9,
    refused: 2933 + refusedValid - 3 + 3 + 42 + 1328 + 3,
  }
  // The 201 of PKCS #1 v1.5 are 124 valid and 77 invalid ones; the 408 with two hashes 280 and 128, and of those 280,
  // 21 have labels and would be refused anyway.
  const onWeb = {
    'not run': notRun,
    accepted: onNode.accepted - 124 - (280 - 21),
    refused: onNode.refused - 77 - 128 - 21,
    unsupported: 201 + 408,
  }
  // The 72 of three primes are 35 valid and 37 invalid ones; of those 35, 15 have labels.
  const inBrowser = { ...onWeb, accepted: onWeb.accepted - (35 - 15), refused: onWeb.refused + (35 - 15) }

  it.each([
    ['node:crypto', onNode],
    ["Node's WebCrypto", onWeb],
    ['@peculiar/webcrypto', onWeb],
    ['the browser', inBrowser],
  ])('come out on %s in these numbers', (backend, outcomes) => {
    expect(outcomesOn(backend)).toEqual(outcomes)
  })
})
