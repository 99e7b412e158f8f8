/** Small messages, whole: what a service does all day. */
import { interleaved, median, medianRatio, number, perSecond, table, verdict } from './measure.mjs'
import { official, ours } from './rivals.mjs'

const targets = { '0478 encrypt 256 B': 12, '0478 decrypt 256 B': 14 }

export async function oneShot({ rounds, milliseconds }) {
  const rows = []
  for (const suite of [0x0478, 0x0578]) {
    for (const length of [0, 256, 4096]) {
      const a = ours(suite)
      const b = official(suite)
      const plaintext = new Uint8Array(length).fill(0x61)
      const ciphertext = await a.encrypt(plaintext)
      for (const [operation, input] of [
        ['encrypt', plaintext],
        ['decrypt', ciphertext],
      ]) {
        const figures = await interleaved(
          {
            ours: () => perSecond(() => a[operation](input), milliseconds),
            official: () => perSecond(() => b[operation](input), milliseconds),
          },
          rounds,
        )
        const name = `0${suite.toString(16)} ${operation} ${length} B`
        const ratio = medianRatio(figures.ours, figures.official)
        rows.push([
          name,
          number(median(figures.ours)),
          number(median(figures.official)),
          `${number(ratio, 1)}x`,
          targets[name] ? `${targets[name]}x` : '',
          verdict(ratio, targets[name]),
        ])
      }
    }
  }
  console.log(`\nWhole messages, one after the other; operations per second, medians of ${rounds} interleaved rounds\n`)
  console.log(table(['', 'esdk', '@aws-crypto 5.0.2', 'ratio', 'target', ''], rows))
  return rows
}
