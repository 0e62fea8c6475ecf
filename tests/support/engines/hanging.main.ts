import { createWatchdog } from '../../../engines/edge/watchdog/watchdog.ts'

/** Work that never comes back, after some that does. */
function neverDone(): never {
  for (;;) performance.now()
}

const watchdog = createWatchdog({ limitMs: 600, whose: 'The algorithm "hanging"' })
for (let call = 0; call < 3; call += 1) {
  watchdog.enter()
  watchdog.leave()
}
// So that the thread that watches is there.
setTimeout(() => {
  watchdog.enter()
  neverDone()
}, 300)
