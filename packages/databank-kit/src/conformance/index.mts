export { type ConformingDriver, conformance, type TestRunner } from './index.ts'
