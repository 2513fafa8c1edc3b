// Imported before an app: its parent moves the clock that `Date` shows, and nothing else. No timer waits for it.
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
// A parent that has gone leaves no app behind.
process.on('disconnect', () => process.exit())
