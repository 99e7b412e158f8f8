/** The same in a browser. */

import './s3-envelope.test.ts'
