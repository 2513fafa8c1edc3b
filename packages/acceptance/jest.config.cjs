const base = require('../../jest.config.base.cjs')

module.exports = {
  ...base,
  // Runs the longest, and ends alone, so it may use the whole machine.
  maxWorkers: '100%',
  // @fastify/cookie requires the package cookie, an ES module, which Jest cannot load in CommonJS: both are compiled.
  transform: { ...base.transform, '\\.js$': ['@swc/jest', { module: { type: 'commonjs' } }] },
  transformIgnorePatterns: ['/node_modules/(?!\\.pnpm/|@fastify/cookie/|cookie/)', '/packages/[^/]+/dist/'],
}
