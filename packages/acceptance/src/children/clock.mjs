// Import before an app: lets the parent process move the clock of `Date`. Timers are not affected.
const RealDate = Date
let ahead = 0

globalThis.Date = class MovableDate extends RealDate {
  constructor(...time) {
    super(...(time.length === 0 ? [Date.now()] : time))
  }

  static now() {
    return RealDate.now() + ahead
  }
}

process.on('message', ({ advance }) => {
  if (advance === undefined) return
  ahead += advance
  process.send({ ahead })
})
// Ends the app with its parent.
process.on('disconnect', () => process.exit())
