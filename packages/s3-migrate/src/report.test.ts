import { expect, it } from 'vitest'
import { MigrationReport } from './report.ts'

it('counts all failures, and names the first 1,000', () => {
  const report = new MigrationReport()
  for (let i = 0; i < 1001; i++) {
    report.add({ bucket: 'b', key: String(i), status: 'failed', code: 'SlowDown', message: 'said', temporary: true })
  }
  expect([report.counts.failed, report.total, report.failures.length]).toEqual([1001, 1001, 1000])
  expect(report.failures.at(-1)).toEqual({ bucket: 'b', key: '999', code: 'SlowDown', message: 'said' })
})
