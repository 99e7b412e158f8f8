/** The same in a browser: its streams, and its WebCrypto. */

import './s3-client.test.ts'
