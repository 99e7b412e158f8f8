import type { Package } from '../scripts/workspace.mjs'
import type { Checks } from './checks.mjs'

/** What each part of the check is given. */
export interface Context {
  readonly checks: Checks
  /** A folder to make projects in; it goes when the run ends. */
  readonly folder: string
  /** Of a clean build. */
  readonly packages: Package[]
  readonly tarballs: Map<string, string>
}
