/** Suites that take long and seldom fail. They run only with `CI=true`, which `pnpm test:all` sets. */
const IN_FULL_ONLY = [
  '/acceptance/test/(bundles|database-away|graceful-shutdown|migrating|nothing-leaks-on-servers|serverless)\\.test',
  '/cli/test/(copier|copy|import|rewrite)\\.test',
  '/guide-tests/test/banks\\.test',
  '/session-core/test/hostile-(calls-servers|urls)\\.test',
  '/test/tls\\.test',
]

/** Coverage slows the tests. It is not measured for packages whose code runs in child processes or is for tests. */
const isMeasured = process.env.COVERAGE === 'true' && !/(acceptance|cli|test-servers|type-tests)$/.test(process.cwd())

/** The settings for the tests of all packages. A package's jest.config.cjs extends them. */
module.exports = {
  testEnvironment: 'node',
  // The other packages are loaded from their source too. Child processes load the built packages.
  testEnvironmentOptions: { customExportConditions: ['@sessionbank/source', 'node', 'node-addons'] },
  testPathIgnorePatterns: ['/node_modules/', ...(process.env.CI ? [] : IN_FULL_ONLY)],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: { '\\.[cm]?ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } }] },
  // Ends a test that hangs; a busy machine takes many times as long as an idle one.
  testTimeout: 120_000,
  // The share of a package's code that its own tests run. `scripts/test.mjs` prints it.
  collectCoverage: isMeasured,
  coverageProvider: 'v8',
  coverageDirectory: '.coverage',
  coverageReporters: ['json-summary'],
  collectCoverageFrom: ['src/**/*.ts'],
}
