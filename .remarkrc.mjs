// Checks that links between the pages lead to a file and a heading, also those that name this repository.
import { readFileSync } from 'node:fs'
import gfm from 'remark-gfm'
import validateLinks from 'remark-validate-links'

const { url } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')).repository
const [, repository] = /github\.com\/(.+)\.git$/.exec(url)

export default { plugins: [gfm, [validateLinks, { repository }]] }
