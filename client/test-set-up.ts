import { cleanup } from '@testing-library/react'
import { afterEach } from 'vitest'

// vitest has no global afterEach here, by which the library would do this itself.
afterEach(cleanup)
