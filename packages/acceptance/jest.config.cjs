const base = require('../../jest.config.base.cjs')

module.exports = {
  ...base,
  // These tests run the longest. In the end they run alone, so they may use the whole machine.
  maxWorkers: '100%',
  // @fastify/cookie requires the package cookie, an ES module, which Jest cannot load in CommonJS: both are compiled.
  transform: { ...base.transform, '\\.js$': ['@swc/jest', { module: { type: 'commonjs' } }] },
  transformIgnorePatterns: ['/node_modules/(?!\\.pnpm/|@fastify/cookie/|cookie/)', '/packages/[^/]+/dist/'],
}
