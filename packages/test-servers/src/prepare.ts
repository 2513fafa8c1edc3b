// Fetches and compiles the Java stand-ins once, so that several test processes do not do it at the same time.
import { classes, missingJava } from './jars.ts'

if (missingJava() === null) classes()
