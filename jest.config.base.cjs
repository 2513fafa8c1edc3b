/** What every package's tests share; a package's jest.config.cjs only extends it. */
module.exports = {
  testEnvironment: 'node',
  // The other packages are loaded from their source too. Child processes load what is built.
  testEnvironmentOptions: { customExportConditions: ['@sessionbank/source', 'node', 'node-addons'] },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: { '\\.[cm]?ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } }] },
  testTimeout: 30_000,
}
