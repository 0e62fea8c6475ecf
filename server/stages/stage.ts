import type { Logger } from 'pino'

/** What is open and can be closed. */
export interface Disposable {
  dispose(): Promise<unknown>
}

/** A part of the server, with what ends all that was opened for it. */
export type Opened<Part> = Part & { dispose(): Promise<void> }

/** Notes that something is open, and gives it back. */
export type Keep = <Part extends Disposable>(part: Part) => Part

/**
 * Opens a part of the server that is made of several. They are closed in the opposite order: when the part is, or at once
 * where its opening fails half-way.
 * @throws whatever `open` throws, once that is done.
 */
export async function openStage<Part extends object>(
  log: Logger,
  open: (keep: Keep) => Promise<Part>,
): Promise<Opened<Part>> {
  const kept: Disposable[] = []
  const dispose = async (): Promise<void> => {
    for (const part of kept.splice(0).reverse()) {
      // One part that does not close must not keep the others open.
      await part.dispose().catch((error: unknown) => log.error({ err: error }, 'a part of the server did not close'))
    }
  }
  try {
    const part = await open((opened) => {
      kept.push(opened)
      return opened
    })
    return { ...part, dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}
