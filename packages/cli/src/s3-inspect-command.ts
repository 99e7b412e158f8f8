/**
 * `esdk s3 inspect`
 *
 * @module
 */

import type { S3Task } from './arguments.ts'
import type { S3Run } from './s3-command.ts'
import { eachObject } from './s3-each-object.ts'
import { envelopeJson, envelopeOf, envelopeTable } from './s3-envelope.ts'
import type { S3Location } from './s3-location.ts'
import { parsePlace } from './s3-objects.ts'
import { writeTo } from './write-stream.ts'

type InspectTask = Extract<S3Task, { readonly kind: 'inspect' }>

export function s3InspectCommand({ place, recursive }: InspectTask, run: S3Run): Promise<number> {
  const { args, clients, reporter, world } = run
  const task = {
    verb: 'inspect',
    done: 'inspected',
    async use(object: S3Location) {
      const facts = await envelopeOf(object, args.instructionFileSuffix, clients, world.signal)
      if (args.json) await reporter.result({ object: object.shown, status: 'inspected', ...envelopeJson(facts) })
      else await writeTo(world.stdout, `${envelopeTable(object.shown, facts).join('\n')}\n\n`)
      return undefined
    },
  }
  return eachObject(parsePlace(place, recursive), task, run)
}
