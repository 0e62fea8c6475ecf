import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Sees that what was made or renamed in a folder is there after a power cut. */
export async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders, and keeps their entries by itself.
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Writes a small text file that is there whole, or not at all, whatever happens: also after a power cut. */
export async function writeDurably(path: string, text: string, mode = 0o666): Promise<void> {
  const file = await open(`${path}.new`, 'w', mode)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  await syncFolder(dirname(path))
}
