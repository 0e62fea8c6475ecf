import { expect, it } from 'vitest'
import { createTopics } from './topics.ts'

it('brings what is published to those who listen to that topic, and to nobody else', () => {
  const topics = createTopics<number>()
  const heard: string[] = []
  topics.subscribe('a', (item) => heard.push(`first ${item}`))
  topics.subscribe('a', (item) => heard.push(`second ${item}`))
  topics.subscribe('b', (item) => heard.push(`other ${item}`))
  topics.publish('a', 1)
  topics.publish('c', 2)
  expect(heard).toEqual(['first 1', 'second 1'])
})

it('forgets a topic that nobody listens to any more', () => {
  const topics = createTopics<number>()
  const [first, second] = [topics.subscribe('a', () => undefined), topics.subscribe('a', () => undefined)]
  first()
  first()
  expect(topics.listeners('a')).toBe(1)
  second()
  expect(topics.size).toBe(0)
})

it('takes a listener away only from its own topic, even when the topic was made anew', () => {
  const topics = createTopics<number>()
  const first = topics.subscribe('a', () => undefined)
  first()
  topics.subscribe('a', () => undefined)
  first()
  expect(topics.listeners('a')).toBe(1)
})

it('lets a listener leave while it is told something', () => {
  const topics = createTopics<number>()
  const heard: number[] = []
  const leave = topics.subscribe('a', (item) => {
    heard.push(item)
    leave()
  })
  topics.publish('a', 1)
  topics.publish('a', 2)
  expect(heard).toEqual([1])
})
