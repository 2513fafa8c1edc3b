const { readdirSync } = require('node:fs')
const { join } = require('node:path')

/** The condition in a package's `exports` that names its source. */
const SOURCE = '@sessionbank/source'

const published = readdirSync(join(__dirname, '..'))
  .map((folder) => ({
    folder: join(__dirname, '..', folder),
    ...require(join(__dirname, '..', folder, 'package.json')),
  }))
  .filter((manifest) => !manifest.private)
  // A name exported by several packages is documented in the first one, and the others link to it.
  .sort((one, other) => (other.name === '@sessionbank/session-core') - (one.name === '@sessionbank/session-core'))

/** @type {import('typedoc').TypeDocOptions} */
module.exports = {
  name: 'Sessionbank',
  readme: 'README.md',
  entryPoints: published.flatMap(({ folder, exports }) =>
    Object.values(exports).flatMap(({ [SOURCE]: source }) =>
      source ? [join(folder, source.replace(/cts$/, 'mts'))] : [],
    ),
  ),
  tsconfig: 'tsconfig.json',
  // The packages are compiled with a newer compiler.
  skipErrorChecking: true,
  out: '../../docs/api',
  disableSources: true,
  excludeExternals: true,
  excludeInternal: true,
  excludePrivate: true,
  requiredToBeDocumented: ['Class', 'Interface', 'TypeAlias', 'Function', 'Variable', 'Property', 'Method', 'Accessor'],
  packagesRequiringDocumentation: published.map(({ name }) => name),
  validation: { notExported: true, invalidLink: true, notDocumented: true },
  treatWarningsAsErrors: true,
}
