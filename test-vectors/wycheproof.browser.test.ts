/** The same on the backend of the browser. `wycheproof.test.ts` is about the files alone. */

import './wycheproof-aes.test.ts'
import './wycheproof-bodies.test.ts'
import './wycheproof-ecdh.test.ts'
import './wycheproof-ecdsa.test.ts'
import './wycheproof-kdf.test.ts'
import './wycheproof-rsa.test.ts'
