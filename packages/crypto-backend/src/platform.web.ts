/** The backend of this platform: WebCrypto. Chosen by the `#platform` import of `package.json`. */
import type { CryptoBackend } from './backend.ts'
import { webBackend } from './web.ts'

export const defaultBackend: CryptoBackend = /* @__PURE__ */ webBackend()
