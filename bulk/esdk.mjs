/**
 * The command `esdk`, in processes of its own, as it was built.
 *
 * @module
 */

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../packages/cli/dist/bin.js', import.meta.url))

/**
 * Starts it in a folder.
 *
 * @returns its `process`; `ended` with its `status` and what it `said`; and `says(text)`, which waits until it says that
 */
export function esdkProcess(cwd, ...args) {
  const child = spawn(process.execPath, [bin, ...args], { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
  const kill = () => child.kill('SIGKILL')
  process.on('exit', kill)
  let said = ''
  const ended = new Promise((resolve) => {
    child.on('close', (status) => {
      process.off('exit', kill)
      resolve({ status, said })
    })
  })
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const says = (text) =>
    new Promise((resolve, reject) => {
      const look = () => said.includes(text) && resolve()
      child.stderr.on('data', look)
      const never = () => reject(new Error(`esdk ${args.join(' ')} ended without saying "${text}":\n${said}`))
      ended.then(never, reject)
      look()
    })
  return { process: child, ended, says }
}
