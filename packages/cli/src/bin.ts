#!/usr/bin/env node
/**
 * The executable: gives the process to {@link main}, and ends it.
 *
 * @module
 */

import { type EndingSignal, exitStatus, Interrupted, signalStatus } from './exit-status.ts'
import { main } from './main.ts'
import { removeUnfinishedFiles } from './replace-file.ts'

/** How long a run has to clean up before the process is ended, and how long the system has to let go of it. */
const patienceMs = 3000
const lettingGoMs = 500

const ending = new AbortController()
let endingSignal: EndingSignal | undefined

for (const signal of Object.keys(signalStatus) as EndingSignal[]) {
  process.on(signal, () => {
    if (ending.signal.aborted) endNow(signal)
    endingSignal = signal
    ending.abort(new Interrupted(signal))
    setTimeout(endNow, patienceMs, signal).unref()
  })
}

/** For runs that hang in the system, and for people who ask twice. */
function endNow(signal: EndingSignal): void {
  removeUnfinishedFiles()
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
}

/** Does a call of the system hang, such as the opening of a pipe that nobody writes to? Then an exit would, too. */
async function hangs(): Promise<boolean> {
  const end = performance.now() + lettingGoMs
  while (process.getActiveResourcesInfo().some((resource) => resource.startsWith('FSReq'))) {
    if (performance.now() > end) return true
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return false
}

// A limit on the length of files is an error of the write, not the end of the process.
if (process.platform !== 'win32') process.on('SIGXFSZ', () => {})

// The write that failed tells of it; without listeners the events would end the process.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

let status: number = exitStatus.failed
try {
  status = await main(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    platform: process.platform,
    signal: ending.signal,
    now: () => performance.now(),
  })
} finally {
  removeUnfinishedFiles()
  if (endingSignal !== undefined && (await hangs())) endNow(endingSignal)
  // Not later: a pipe on the standard input that stays open would be waited for.
  process.exit(status)
}
