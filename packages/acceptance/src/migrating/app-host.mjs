// Runs the apps of pages, each a module that exports its URL, with a movable clock for `Date`: see clock.mjs.
import '../children/clock.mjs'

process.on('message', async ({ file }) => {
  if (file === undefined) return
  try {
    const { url } = await import(file)
    process.send({ url })
  } catch (error) {
    process.send({ failure: error.stack })
  }
})
process.send({ isReady: true })
