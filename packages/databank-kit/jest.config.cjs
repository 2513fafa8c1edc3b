// The teeth of the suite wait for records to end, far more than they work.
module.exports = { ...require('../../jest.config.base.cjs'), maxConcurrency: 40 }
