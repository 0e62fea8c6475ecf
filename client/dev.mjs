/** `npm run dev`: sets up what is missing, then serves the page for developers in this very process. Arguments go to vite. */
import { endWithNpm, setUp } from '../server/setup.mjs'

endWithNpm()
await setUp()
await import('../node_modules/vite/bin/vite.js')
