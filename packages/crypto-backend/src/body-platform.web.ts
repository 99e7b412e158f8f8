/** AES over bodies on this platform: WebCrypto. Chosen by the `#body-platform` import of `package.json`. */
import { webBodyBackend } from './body/web.ts'
import type { BodyBackend } from './body-backend.ts'

export const defaultBodyBackend: BodyBackend = /* @__PURE__ */ webBodyBackend()
