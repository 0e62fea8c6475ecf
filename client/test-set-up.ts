import { cleanup, configure } from '@testing-library/react'
import { afterEach } from 'vitest'

// What a test waits for has this long, on a machine that does other things too; nothing waits longer than it takes.
configure({ asyncUtilTimeout: 5_000 })

// vitest has no global afterEach here, by which the library would do this itself.
afterEach(cleanup)
