/**
 * What somebody with a key can do: messages of any structure, whose tags and signatures are right.
 *
 * The writer is its own, over `node:crypto`; and so is the judge, who says of each message whether the specification
 * allows it.
 *
 * Spec: data-format/, framework/algorithm-suites.md, framework/transitive-requirements.md
 *
 * @module
 */

import { isAllowed } from './judge-plan.mjs'
import { joined } from './message-fields.mjs'
import { changes, soundPlan } from './message-plan.mjs'
import { sealPlan, wholeContext } from './seal-plan.mjs'

/** @typedef {import('./random.mjs').Random} Random */

const changeNames = Object.keys(changes)

/**
 * @typedef {object} InsiderMessage
 * @property {Uint8Array} bytes
 * @property {Uint8Array} dataKey
 * @property {boolean} allowed does the specification allow it?
 * @property {Uint8Array} plaintext of all pieces, in order
 * @property {string[]} used
 */

/** @param {Random} random @returns {InsiderMessage} */
export function insiderMessage(random) {
  const plan = soundPlan(random)
  const used = []
  for (let count = 1 + (random.oneIn(4) ? random.below(3) : 0); count > 0; count--) {
    const name = random.pick(changeNames)
    used.push(name)
    if (plan.pieces.length > 0 || name === 'nothing') changes[name]?.(plan, random)
  }
  const context = wholeContext(plan)
  return {
    bytes: sealPlan(plan, context),
    dataKey: plan.dataKey,
    allowed: isAllowed(plan, context),
    plaintext: joined(plan.pieces.map(({ content }) => content)),
    used,
  }
}
