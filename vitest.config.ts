import { playwright } from '@vitest/browser-playwright'
import { defineConfig, type TestProjectConfiguration } from 'vitest/config'
import { findChromium } from './scripts/chromium.mjs'

/** Tests run on the sources: no build is needed, and coverage counts lines of TypeScript. */
const conditions = ['@esdk/source']

const node: TestProjectConfiguration = {
  resolve: { conditions: [...conditions, 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: [...conditions, 'node', 'import', 'default'] } },
  test: {
    name: 'node',
    include: ['packages/*/src/**/*.test.ts', 'test-vectors/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/*.browser.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // The AWS SDK says on each start that releases of next year need a newer Node.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
}

const chromium = findChromium()

const browser: TestProjectConfiguration = {
  resolve: { conditions: [...conditions, 'browser', 'import', 'default'] },
  // A dependency that is found midway would reload the page under a test. Those that are excluded are modules as they are.
  optimizeDeps: {
    include: ['fast-check'],
    exclude: [
      '@aws-sdk/client-kms',
      '@aws-sdk/client-s3',
      '@noble/ciphers',
      '@noble/curves',
      '@noble/hashes',
      '@peculiar/webcrypto',
      'lru-cache',
    ],
  },
  test: {
    name: 'chromium',
    include: ['packages/*/src/**/*.test.ts', 'test-vectors/*.browser.test.ts'],
    // What needs files, processes, or another backend than that of the browser.
    exclude: ['**/node_modules/**', 'packages/cli/**', '**/*.node.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: {
          ...(chromium && { executablePath: chromium }),
          args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-background-networking'],
        },
      }),
      instances: [{ browser: 'chromium' }],
    },
  },
}

export default defineConfig({
  test: {
    // The large vectors take seconds; a list of them says nothing.
    slowTestThreshold: 30_000,
    projects: chromium === undefined ? [node] : [node, browser],
    coverage: {
      provider: 'v8',
      // `scripts/test.mjs` prints the figures of each package; the pages show the lines.
      reporter: ['json-summary', 'html'],
      include: ['packages/*/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/testing.ts'],
    },
  },
})
