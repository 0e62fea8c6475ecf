import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Demultiplexer } from './stream.ts'

function frame(stream: 'stdout' | 'stderr', bytes: Buffer): Buffer {
  const header = Buffer.from([stream === 'stdout' ? 1 : 2, 0, 0, 0, 0, 0, 0, 0])
  header.writeUInt32BE(bytes.length, 4)
  return Buffer.concat([header, bytes])
}

it("takes apart what Docker sends of both streams, however it is cut, also within a frame's header", () => {
  const part = fc.tuple(fc.constantFrom('stdout' as const, 'stderr' as const), fc.uint8Array({ maxLength: 40 }))
  fc.assert(
    fc.property(fc.array(part), fc.array(fc.nat(600)), (parts, places) => {
      const whole = Buffer.concat(parts.map(([stream, bytes]) => frame(stream, Buffer.from(bytes))))
      const got = { stdout: [] as number[], stderr: [] as number[] }
      const apart = new Demultiplexer((stream, bytes) => got[stream].push(...bytes))
      let from = 0
      for (const place of [...places, whole.length].sort((one, other) => one - other)) {
        apart.push(whole.subarray(from, place))
        from = Math.max(from, Math.min(place, whole.length))
      }
      for (const stream of ['stdout', 'stderr'] as const) {
        const sent = parts.filter(([of]) => of === stream).flatMap(([, bytes]) => [...bytes])
        expect(got[stream]).toEqual(sent)
      }
    }),
  )
})
