/**
 * `node scripts/sbom.mjs`: what a release consists of, in CycloneDX. The same commit gives the same bytes.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { packagesOf, root, thirdPartyOf } from './workspace.mjs'

/** The packages that are published and what they need at runtime; nothing that only builds and tests them. */
export function billOfMaterials() {
  const ours = packagesOf().map(({ manifest }) => manifest)
  const others = [...thirdPartyOf(packagesOf()).values()].map((folder) =>
    JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')),
  )
  const all = [...ours, ...others]
  const byName = new Map(all.map((manifest) => [manifest.name, manifest]))
  const lock = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', 'bom-ref': 'esdk', name: 'esdk', version: ours[0].version } },
    components: all.map((manifest) => ({
      type: 'library',
      'bom-ref': purlOf(manifest),
      name: manifest.name,
      version: manifest.version,
      licenses: [{ license: { id: manifest.license } }],
      purl: purlOf(manifest),
      ...(others.includes(manifest) && { hashes: [{ alg: 'SHA-512', content: integrityOf(manifest, lock) }] }),
    })),
    dependencies: [
      { ref: 'esdk', dependsOn: ours.map(purlOf) },
      ...all.map((manifest) => ({
        ref: purlOf(manifest),
        dependsOn: Object.keys(manifest.dependencies ?? {}).map((name) => purlOf(byName.get(name))),
      })),
    ],
  }
}

function purlOf({ name, version }) {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}

/** The hash of the tarball that the lockfile names, in hexadecimal. */
function integrityOf({ name, version }, lock) {
  const entry = [`'${name}@${version}'`, `${name}@${version}`]
    .map((key) => lock.split(`\n  ${key}:\n`)[1])
    .find((text) => text !== undefined)
  const [, base64] = /^ {4}resolution: \{integrity: sha512-([\w+/=]+)/.exec(entry ?? '') ?? []
  if (base64 === undefined) throw new Error(`${name}@${version} is not in the lockfile`)
  return Buffer.from(base64, 'base64').toString('hex')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(JSON.stringify(billOfMaterials(), null, 2))
}
