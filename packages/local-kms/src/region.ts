/**
 * Names of Regions.
 *
 * @module
 */

/** Is this a name such as `us-east-1`? Whether AWS has such a Region does not matter here. */
export function isRegionName(region: string): boolean {
  return /^[a-z]{2}(?:-[a-z]+){1,3}-\d{1,2}$/.test(region)
}
