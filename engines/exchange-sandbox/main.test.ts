import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { root } from '../../server/setup.mjs'
import { connectClient, isFrame } from './server/client-for-tests.ts'

/** As it is launched: bundled, which starts in a tenth of the time. */
const MAIN = join(root, 'dist/engines/exchange-sandbox.js')

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

function run(variables: Record<string, string>): { child: ChildProcess; errors: () => string } {
  const child = fork(MAIN, { execArgv: [], silent: true, env: { ...process.env, ...variables } })
  children.push(child)
  let errors = ''
  child.stderr?.on('data', (data: Buffer) => {
    errors += data.toString()
  })
  return { child, errors: () => errors }
}

async function ready(child: ChildProcess): Promise<number> {
  for (;;) {
    const [message] = (await once(child, 'message')) as [{ type: string; port: number }]
    if (message.type === 'ready') return message.port
  }
}

describe('the process of the sandbox', () => {
  it('tells its port, serves, and ends with 0 on SIGTERM', async () => {
    const { child, errors } = run({ SANDBOX_SEED: '4', SANDBOX_PRODUCTS: 'LTC-USD' })
    const client = await connectClient(`ws://127.0.0.1:${await ready(child)}`)
    client.subscribe(['ticker'], ['LTC-USD'])
    await client.until(isFrame('ticker'))
    child.kill('SIGTERM')
    expect((await once(child, 'exit'))[0]).toBe(0)
    expect(JSON.parse(errors().split('\n')[0]!)).toMatchObject({ msg: 'the sandbox is open', products: ['LTC-USD'] })
  })

  it('does not outlive its launcher', async () => {
    const { child } = run({})
    await ready(child)
    child.disconnect()
    expect((await once(child, 'exit'))[0]).toBe(0)
  })

  it('names all bad variables, a missing file or a taken port, each in a line, and ends with 1', async () => {
    const bad = run({ SANDBOX_SEED: 'x', SANDBOX_SPEED: '0' })
    const missing = run({ SANDBOX_CAPTURE: '/nowhere/capture' })
    const first = run({})
    const ends = [bad, missing].map(({ child }) => once(child, 'close'))
    const port = await ready(first.child)
    for (const end of ends) expect((await end)[0]).toBe(1)
    expect(bad.errors().trim().split('\n')).toHaveLength(2)
    expect(missing.errors()).toMatch(/^exchange-sandbox: ENOENT.*\n$/)
    const taken = run({ BIND_ADDR: `127.0.0.1:${port}` })
    expect((await once(taken.child, 'close'))[0]).toBe(1)
    expect(taken.errors()).toContain('is in use by another program')
  })
})
