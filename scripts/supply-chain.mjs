/**
 * What could let somebody else's code into a release, found in manifests, workflows and tarballs.
 *
 * @module
 */

/** Scripts that npm runs when a package is installed from a registry. */
const registryScripts = ['preinstall', 'install', 'postinstall']

/** And those when it is installed, or packed, from git. */
const gitScripts = ['prepare', 'preprepare', 'postprepare', 'prepublish']

/**
 * What an installation would run.
 *
 * @param {{ scripts?: Record<string, string>, gypfile?: boolean }} manifest
 * @param {{ from?: 'registry' | 'git' }} options
 * @returns {string[]}
 */
export function installScriptsOf(manifest, { from = 'git' } = {}) {
  const names = from === 'git' ? [...registryScripts, ...gitScripts] : registryScripts
  const found = names.filter((name) => manifest.scripts?.[name] !== undefined)
  return manifest.gypfile === true ? [...found, 'binding.gyp'] : found
}

/**
 * What is wrong with a workflow; nothing, if nothing is.
 *
 * @param {string} text YAML
 * @returns {string[]}
 */
export function workflowProblems(text) {
  const lines = text.split('\n')
  const problems = []
  const top = lines.slice(0, lines.indexOf('jobs:'))
  if (!top.includes('permissions: {}')) problems.push('has no `permissions: {}` at its top')
  for (const [i, line] of lines.entries()) {
    const action = /^\s*(?:- )?uses:\s*(.*)$/.exec(line)?.[1]
    if (action !== undefined && !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action)) {
      problems.push(`line ${i + 1}: ${action} is not pinned to a commit, with its version behind it`)
    }
    if (/pull_request_target|workflow_run/.test(line)) problems.push(`line ${i + 1}: runs foreign code with our rights`)
    if (/NPM_TOKEN|NODE_AUTH_TOKEN|_authToken/.test(line)) problems.push(`line ${i + 1}: a token that lasts`)
    if (/\bnpm (?:install|i)\b|\bpnpm install\b(?!.*--frozen-lockfile)/.test(line)) {
      problems.push(`line ${i + 1}: installs what is not in the lockfile`)
    }
    if (/\$\{\{\s*github\.(?:event\.|head_ref)/.test(line)) {
      problems.push(`line ${i + 1}: puts text of others into a command`)
    }
  }
  return problems
}

/** What a tarball may hold. */
const listed = [
  /^(?:package\.json|README\.md|LICENSE)$/,
  /^dist\/(?:[\w.-]+\/)*[\w.-]+\.(?:js|js\.map|d\.ts)$/,
  /^src\/(?:[\w.-]+\/)*[\w.-]+\.ts$/,
]

/**
 * Files of a tarball that are beyond the list, and those of the list that are missing.
 *
 * @param {readonly string[]} files paths below the package
 * @returns {string[]}
 */
export function tarballProblems(files) {
  const extra = files.filter((path) => !listed.some((pattern) => pattern.test(path)) || path.includes('.test.'))
  const missing = ['package.json', 'README.md', 'LICENSE'].filter((path) => !files.includes(path))
  // Modules are joined; declarations are one for each source file. Contracts for tests come without sources.
  const withoutSource = files.filter((path) => {
    const stem = /^dist\/(.*)\.d\.ts$/.exec(path)?.[1]
    return stem !== undefined && !stem.startsWith('testing/') && !files.includes(`src/${stem}.ts`)
  })
  return [
    ...extra.map((path) => `${path} is beyond the list`),
    ...missing.map((path) => `${path} is missing`),
    ...withoutSource.map((path) => `${path} has no source`),
  ]
}
