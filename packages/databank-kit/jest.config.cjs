// The tests of the conformance suite mostly wait for records to expire, so many run at once.
module.exports = {
  ...require('../../jest.config.base.cjs'),
  maxConcurrency: 40,
  // The example driver is tested with the kit's source, not with its build.
  moduleNameMapper: { '^@sessionbank/databank-kit$': '<rootDir>/src/index.ts' },
}
