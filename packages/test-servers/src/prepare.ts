// Fetches and compiles the Java stand-ins once, before several test processes would at the same time.
import { classes, missingJava } from './jars.ts'

if (missingJava() === null) classes()
