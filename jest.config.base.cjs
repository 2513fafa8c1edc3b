/** What every package's tests share; a package's jest.config.cjs only extends it. */
module.exports = {
  testEnvironment: 'node',
  // The other packages are loaded from their source too. Child processes load what is built.
  testEnvironmentOptions: { customExportConditions: ['@sessionbank/source', 'node', 'node-addons'] },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: { '\\.[cm]?ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } }] },
  testTimeout: 30_000,
  // A test that failed may leave a socket open, and CI has to end all the same. What we leave open is tested in child processes.
  forceExit: Boolean(process.env.CI),
}
