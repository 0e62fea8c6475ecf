import { createReadStream, createWriteStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { constants, createBrotliCompress, createGzip } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** Where `npm run dev` finds the API. */
const API = `http://127.0.0.1:${process.env['PORT'] ?? 8000}`

/** Lays a brotli and a gzip copy beside each file that is text, so that the server compresses nothing while it serves. */
function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    async writeBundle({ dir = '' }) {
      const all = await readdir(dir, { recursive: true })
      const texts = all.filter((path) => /\.(js|css|html|svg)$/.test(path)).map((path) => join(dir, path))
      const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }
      await Promise.all(
        texts.flatMap((path) => [
          pipeline(createReadStream(path), createBrotliCompress(quality), createWriteStream(`${path}.br`)),
          pipeline(createReadStream(path), createGzip({ level: 9 }), createWriteStream(`${path}.gz`)),
        ]),
      )
    },
  }
}

export default defineConfig({
  root: join(import.meta.dirname, 'client'),
  cacheDir: join(import.meta.dirname, 'node_modules/.vite'),
  plugins: [react(), precompress()],
  build: {
    outDir: join(import.meta.dirname, 'dist/client'),
    emptyOutDir: true,
    // The server's Content-Security-Policy takes fonts and scripts from files only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What matters is the size of the first load, which tests/page-size.test.ts holds down.
    chunkSizeWarningLimit: 1_000,
  },
  server: {
    host: '127.0.0.1',
    port: 8501,
    strictPort: true,
    // These addresses alone: what begins like them, as the folder `graphql` does, is the page's own.
    proxy: { '^/graphql(\\?|$)': { target: API, ws: true }, '^/metrics$': { target: API } },
  },
})
