/** `npm start`: sets up what is missing, then runs the server in this very process. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, setUp } from './setup.mjs'

await setUp()
await import(pathToFileURL(join(root, 'dist/server.js')).href)
