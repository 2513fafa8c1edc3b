const base = require('../../jest.config.base.cjs')

module.exports = {
  ...base,
  // The longest package, and the last: it has the machine for itself in the end.
  maxWorkers: '100%',
  // @fastify/cookie imports the package cookie, an ES module, which Jest cannot do in CommonJS: both are compiled for it.
  transform: { ...base.transform, '\\.js$': ['@swc/jest', { module: { type: 'commonjs' } }] },
  transformIgnorePatterns: ['/node_modules/(?!\\.pnpm/|@fastify/cookie/|cookie/)', '/packages/[^/]+/dist/'],
}
