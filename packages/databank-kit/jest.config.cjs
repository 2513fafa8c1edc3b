// The teeth of the suite wait for records to end, far more than they work.
module.exports = {
  ...require('../../jest.config.base.cjs'),
  maxConcurrency: 40,
  // The example driver is tested with the kit as it stands here, not as it was built.
  moduleNameMapper: { '^@sessionbank/databank-kit$': '<rootDir>/src/index.ts' },
}
