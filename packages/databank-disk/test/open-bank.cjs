/** What the programs of this folder share: a bank on the built driver. */
const { DiskDatabank } = require('../dist/index.js')

const SCHEMA = { session: { pkey: 'sid', indices: ['user'] } }

exports.openBank = (dir, schema = SCHEMA) => {
  const bank = new DiskDatabank({ dir, schema })
  return new Promise((resolve, reject) => bank.connect({}, (error) => (error ? reject(error) : resolve(bank))))
}

exports.closeBank = (bank) => {
  return new Promise((resolve, reject) => bank.disconnect((error) => (error ? reject(error) : resolve())))
}
