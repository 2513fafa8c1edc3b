/** Opens and closes banks of the built driver, for the programs of this folder. */
const { DiskDatabank } = require('../dist/index.js')

const SCHEMA = { session: { pkey: 'sid', indices: ['user'] } }

exports.openBank = (dir, schema = SCHEMA) => {
  const bank = new DiskDatabank({ dir, schema })
  return new Promise((resolve, reject) => bank.connect({}, (error) => (error ? reject(error) : resolve(bank))))
}

exports.closeBank = (bank) => {
  return new Promise((resolve, reject) => bank.disconnect((error) => (error ? reject(error) : resolve())))
}
