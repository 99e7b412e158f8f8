/**
 * A peer at work: a program that gets jobs, one in a line, and answers each with a line.
 *
 * @module
 */

import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A peer that hangs is ended after so many milliseconds. */
const timeLimit = 10 * 60_000

/**
 * Starts a peer.
 *
 * @param place a folder for what it is told and what it answers
 * @param keys all that jobs name; it may grow from one call of `ask` to the next
 * @returns `ask`, which has it do jobs in their order and gives a map, the id of each job to its answer; and `stop`
 */
export function startPeer([command, ...args], place, keys) {
  const child = spawn(command, args, { stdio: 'pipe' })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let said = ''
  const keep = (text) => {
    said = (said + text).slice(-3000)
  }
  child.stderr.on('data', keep)
  child.on('error', (error) => keep(error.message))
  // One that has ended is noticed by its answers.
  child.stdin.on('error', () => {})
  const kill = () => child.kill('SIGKILL')
  process.on('exit', kill)
  const closed = new Promise((resolve) => {
    child.on('close', resolve)
  })
  let calls = 0

  return {
    async ask(jobs) {
      const keysPath = join(place, `${++calls}-keys.json`)
      await writeFile(keysPath, JSON.stringify(keys), { mode: 0o600 })
      const keysJob = { id: 'keys', operation: 'take keys', path: keysPath }
      const text = [keysJob, ...jobs].map((job) => `${JSON.stringify(job)}\n`).join('')
      await writeFile(join(place, `${calls}-jobs.jsonl`), text)
      const limit = setTimeout(kill, timeLimit)
      const answers = new Map()
      try {
        child.stdin.write(text)
        await answerTo(keysJob.id)
        for (const { id } of jobs) answers.set(id, await answerTo(id))
      } finally {
        clearTimeout(limit)
      }
      const results = [...answers.values()].map((answer) => `${JSON.stringify(answer)}\n`)
      await writeFile(join(place, `${calls}-results.jsonl`), results.join(''))
      return answers
    },
    async stop() {
      child.stdin.end()
      await closed
      process.off('exit', kill)
    },
  }

  async function answerTo(id) {
    const { value, done } = await lines.next()
    if (done) throw new Error(`the peer ended, or took too long, before it answered ${id}; it said:\n${said}`)
    const answer = JSON.parse(value)
    if (answer.id !== id) throw new Error(`the peer answered ${answer.id}, where ${id} was expected`)
    return answer
  }
}
