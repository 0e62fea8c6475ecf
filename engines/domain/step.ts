/** Where a core hands its outputs, in order. Called synchronously, any number of times a step. */
export type Emit<Output> = (output: Output) => void

/**
 * A synchronous engine: it takes one input and emits what follows from it. It owns its state, asks no clock, and the
 * same inputs give the same outputs; whoever drives it owns the loop.
 */
export interface Core<Input, Output> {
  step(input: Input, emit: Emit<Output>): void
}
