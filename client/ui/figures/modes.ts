/** What the modes of a run are called. */
export const MODES = { LIVE: 'Live', REPLAY: 'Replay', BACKTEST: 'Back-test' } as const

/** The same in the middle of a sentence. */
export const modeWord = (mode: keyof typeof MODES): string => MODES[mode].toLowerCase()
