/** AES over bodies on this platform: `node:crypto`. Chosen by the `#body-platform` import of `package.json`. */
export { nodeBodyBackend as defaultBodyBackend } from './body/node.ts'
