import { expect, it } from 'vitest'
import { deferred } from '../../engines/edge/deferred.ts'
import { Endings } from './endings.ts'

it('tells all who still listen when it ends, each as often as it listens, and keeps none who has left', async () => {
  const endings = new Endings()
  const end = deferred<void>()
  const told: string[] = []
  const tell = () => told.push('twice')
  endings.listen(end.promise, tell)
  endings.listen(end.promise, tell)
  const left = endings.listen(end.promise, () => told.push('left'))
  left()
  end.resolve()
  await end.promise
  await Promise.resolve()
  expect(told).toEqual(['twice', 'twice'])
})
