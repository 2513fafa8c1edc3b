export { assertHides, type ConformingDriver, conformance, type TestRunner } from './index.ts'
