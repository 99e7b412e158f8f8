/** The same on the backend of the browser. */

import './s3-keyrings.test.ts'
