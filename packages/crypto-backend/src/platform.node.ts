/** The backend of this platform: `node:crypto`. Chosen by the `#platform` import of `package.json`. */
export { nodeBackend as defaultBackend } from './node.ts'
