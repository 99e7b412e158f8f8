/**
 * What goes wrong on demand.
 *
 * @module
 */

import { setTimeout } from 'node:timers/promises'
import { isKmsErrorName, type KmsErrorName, LocalKmsError } from './kms-error.ts'
import type { OperationName } from './operation-types.ts'

/** A request, as faults and observers see it. */
export interface KmsCall {
  readonly operation: OperationName
  readonly region: string
  readonly input: Readonly<Record<string, unknown>>
}

/** What goes wrong, and which calls it meets. */
export type Fault = FaultKind & {
  /** Default: every operation. */
  readonly operation?: OperationName
  /** Default: every Region. */
  readonly region?: string
  /** Default: all calls; otherwise this many, and then no more. */
  readonly times?: number
}

type FaultKind =
  /** AWS KMS has had too many requests. */
  | { readonly kind: 'throttle' }
  /** AWS KMS refuses, for any reason that it has. */
  | { readonly kind: 'refuse'; readonly name: KmsErrorName; readonly message?: string }
  /** Nobody listens: a connection is refused, or breaks. */
  | { readonly kind: 'unreachable' }
  /** The answer comes late; `Infinity` is never. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The answer is another one. It may be anything that JSON can say, with bytes. */
  | { readonly kind: 'answer'; readonly change: (answer: object, call: KmsCall) => unknown }

/** What a client of this process sees of an unreachable service. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
  readonly code = 'ECONNREFUSED'

  constructor(region: string) {
    super(`connect ECONNREFUSED: the local KMS was told not to be reachable in ${region}`)
  }
}

/** Faults that may be added and taken away while calls are made. */
export interface FaultBox {
  /** Gives what takes the fault away again. */
  add(fault: Fault): () => void
  /** Does the call, with all faults that meet it. */
  meet(call: KmsCall, signal: AbortSignal | undefined, answer: () => Promise<object>): Promise<unknown>
}

export function faultBox(faults: Iterable<Fault>): FaultBox {
  const active = new Map<symbol, { readonly fault: Fault; left: number }>()

  function add(fault: Fault): () => void {
    checkFault(fault)
    const key = Symbol(fault.kind)
    active.set(key, { fault, left: fault.times ?? Number.POSITIVE_INFINITY })
    return () => void active.delete(key)
  }

  function take(call: KmsCall): readonly Fault[] {
    const met = [...active].filter(([, { fault }]) => meets(fault, call))
    for (const [key, entry] of met) {
      entry.left -= 1
      if (entry.left <= 0) active.delete(key)
    }
    return met.map(([, { fault }]) => fault)
  }

  for (const fault of faults) add(fault)
  return {
    add,
    async meet(call, signal, answer) {
      const met = take(call)
      for (const fault of met) await before(fault, call, signal)
      let value: unknown = await answer()
      for (const fault of met) if (fault.kind === 'answer') value = fault.change(value as object, call)
      return value
    },
  }
}

function meets({ operation, region }: Fault, call: KmsCall): boolean {
  return (operation === undefined || operation === call.operation) && (region === undefined || region === call.region)
}

async function before(fault: Fault, { region }: KmsCall, signal: AbortSignal | undefined): Promise<void> {
  switch (fault.kind) {
    case 'throttle':
      throw new LocalKmsError('ThrottlingException', 'Rate exceeded')
    case 'refuse':
      throw new LocalKmsError(fault.name, fault.message ?? 'the local KMS was told to refuse')
    case 'unreachable':
      throw new UnreachableError(region)
    case 'delay':
      return wait(fault.ms, signal)
    case 'answer':
      return
  }
}

/** No timer runs longer: its number has 31 bits. */
const longestTimerMs = 2 ** 31 - 1

async function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  // What never comes does not keep a process from its end.
  const options = { ref: Number.isFinite(ms), ...(signal && { signal }) }
  for (let left = ms; left > 0; left -= longestTimerMs) {
    await setTimeout(Math.min(left, longestTimerMs), undefined, options)
  }
}

function checkFault(fault: Fault): void {
  if (fault.kind === 'delay' && !(fault.ms >= 0)) throw new TypeError('a delay is a number of milliseconds')
  if (fault.kind === 'refuse' && !isKmsErrorName(fault.name)) {
    throw new TypeError(`AWS KMS refuses by names such as AccessDeniedException, found ${JSON.stringify(fault.name)}`)
  }
  const { times = 1 } = fault
  if (!Number.isInteger(times) || times < 1) throw new TypeError('times must be a whole number from 1')
}
