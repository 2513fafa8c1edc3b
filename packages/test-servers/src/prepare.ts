// Fetches and compiles once what the stand-ins in Java run on, before test processes that run side by side would.
import { classes, missingJava } from './jars.ts'

if (missingJava() === null) classes()
