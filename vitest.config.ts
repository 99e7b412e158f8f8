import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig, type TestProjectConfiguration } from 'vitest/config'

/** Tests run on the sources: no build is needed, and coverage counts lines of TypeScript. */
const conditions = ['@esdk/source']

const node: TestProjectConfiguration = {
  resolve: { conditions: [...conditions, 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: [...conditions, 'node', 'import', 'default'] } },
  test: {
    name: 'node',
    include: ['packages/*/src/**/*.test.ts', 'test-vectors/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/*.browser.test.ts'],
    testTimeout: 60_000,
  },
}

const chromium = findChromium()

const browser: TestProjectConfiguration = {
  resolve: { conditions: [...conditions, 'browser', 'import', 'default'] },
  optimizeDeps: {
    include: ['@noble/ciphers/aes.js', '@noble/curves/nist.js', '@noble/hashes/sha2.js'],
  },
  test: {
    name: 'chromium',
    include: ['packages/*/src/**/*.test.ts', 'test-vectors/*.browser.test.ts'],
    // What needs files, processes, or another backend than that of the browser.
    exclude: ['**/node_modules/**', 'packages/cli/**', '**/*.node.test.ts'],
    testTimeout: 60_000,
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
    projects: chromium === undefined ? [node] : [node, browser],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/testing.ts'],
    },
  },
})

function findChromium(): string | undefined {
  if (process.env['CHROMIUM_BIN'] !== undefined) return process.env['CHROMIUM_BIN'] || undefined
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)))
  return [...candidates, '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'].find((path) =>
    existsSync(path),
  )
}
