/**
 * `npm test [-- FILES OPTIONS]`: runs vitest, in Node and in Chromium where there is one. The last line is the count:
 * `N passed, N failed`.
 *
 * With `--coverage` it prints a line for each package; with `--thresholds` as well it also fails below the figures that
 * are promised.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findChromium } from './chromium.mjs'

/** Percent of lines and of branches that tests must reach: parsing, materials and branch keys, where a gap is a hole. */
const thresholds = {
  serialize: { lines: 100, branches: 98 },
  cmm: { lines: 100, branches: 98 },
  'keyring-hierarchical': { lines: 100, branches: 98 },
}

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const temporary = mkdtempSync(join(tmpdir(), 'esdk-test-'))
const args = process.argv.slice(2).filter((argument) => argument !== '--thresholds')
const withCoverage = args.some((argument) => /^--coverage(=true)?$/.test(argument))
const checksThresholds = process.argv.includes('--thresholds')

const skipped = findChromium() === undefined && args.every((argument) => !argument.startsWith('--project'))
const skippedLine =
  'SKIPPED: chromium: none found, so nothing ran in a browser. Install Chromium, or name it in CHROMIUM_BIN.'
if (skipped) console.log(`\n${skippedLine}\n`)

let { passed, failed } = runVitest()
if (withCoverage) failed += reportCoverage()
if (skipped) console.log(skippedLine)
rmSync(temporary, { recursive: true, force: true })
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
console.log(`${passed} passed, ${failed} failed`)

function runVitest() {
  const report = join(temporary, 'report.json')
  const { status, error } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules', 'vitest', 'vitest.mjs'),
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...args,
    ],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  )
  if (error) console.error(String(error))
  return count(report, status)
}

/** Failed assertions, files that did not load, and one for an error outside of any test. */
function count(report, status) {
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'))
    const notLoaded = testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
    )
    for (const file of notLoaded) console.error(`did not load: ${relative(root, file.name)}: ${file.message}`)
    const failures = numFailedTests + notLoaded.length
    return { passed: numPassedTests, failed: failures === 0 && status !== 0 ? 1 : failures }
  } catch (error) {
    console.error(`vitest left no report: ${error}`)
    return { passed: 0, failed: 1 }
  }
}

/** Prints lines and branches of each package, and gives how many promised figures were missed. */
function reportCoverage() {
  let missed = 0
  const figures = coverageByPackage()
  if (figures.length === 0) {
    console.error('vitest left no coverage')
    return 1
  }
  console.log('\ncoverage                lines  branches')
  for (const [name, { lines, branches }] of figures) {
    const promised = thresholds[name]
    const tooLow = promised && (lines < promised.lines || branches < promised.branches)
    if (tooLow && checksThresholds) missed++
    const note = tooLow ? `  promised: ${promised.lines} and ${promised.branches}` : ''
    console.log(`${name.padEnd(20)}${percent(lines)}  ${percent(branches)}${note}`)
  }
  console.log()
  return missed
}

function percent(value) {
  return `${value.toFixed(1)} %`.padStart(8)
}

function coverageByPackage() {
  const file = join(root, 'coverage', 'coverage-summary.json')
  if (!existsSync(file)) return []
  const summary = JSON.parse(readFileSync(file, 'utf8'))
  const sums = new Map()
  for (const [path, { lines, branches }] of Object.entries(summary)) {
    if (path === 'total') continue
    const name = relative(join(root, 'packages'), path).split(sep)[0]
    const sum = sums.get(name) ?? { lines: [0, 0], branches: [0, 0] }
    sums.set(name, { lines: add(sum.lines, lines), branches: add(sum.branches, branches) })
  }
  const share = ([covered, total]) => (total === 0 ? 100 : (covered / total) * 100)
  return [...sums].map(([name, sum]) => [name, { lines: share(sum.lines), branches: share(sum.branches) }])
}

function add([covered, total], entry) {
  return [covered + entry.covered, total + entry.total]
}
