import { createSocket } from 'node:dgram'

/**
 * One of the three processes of the bare relay that `bare-relay.ts` measures: `send`, `relay` or `receive`. Plain dgram
 * and 64-byte datagrams: what Node itself costs, with nothing of ours.
 */
const say = (message: unknown): void => {
  process.send?.(message)
}
const micros = () => Math.round((performance.timeOrigin + performance.now()) * 1000)
const socket = createSocket({ type: 'udp4', lookup: (address, _family, callback) => callback(null, address, 4) })
const role = process.argv[2]

function receive(): void {
  const latencies: number[] = []
  socket.on('message', (bytes) => latencies.push(micros() - bytes.readDoubleLE(0)))
  process.on('message', (command) => {
    if (command === 'report') say(latencies)
    process.disconnect()
    socket.close()
  })
}

function relay(to: number): void {
  socket.on('message', (bytes) => socket.send(bytes, to, '127.0.0.1'))
}

function send(to: number, count: number, perSecond: number): void {
  const bytes = Buffer.alloc(64)
  const startedAt = performance.now()
  let sent = 0
  const timer = setInterval(() => {
    const due = Math.min(count, Math.floor(((performance.now() - startedAt) * perSecond) / 1000))
    for (; sent < due; sent += 1) {
      bytes.writeDoubleLE(micros(), 0)
      socket.send(bytes, to, '127.0.0.1')
    }
    if (sent < count) return
    clearInterval(timer)
    say('sent')
  }, 1)
}

socket.bind(0, '127.0.0.1', () => {
  say(socket.address().port)
  if (role === 'receive') receive()
  else {
    process.on('message', (command: { to: number; count: number; perSecond: number } | 'stop') => {
      if (command === 'stop') {
        process.disconnect()
        socket.close()
      } else if (role === 'relay') relay(command.to)
      else send(command.to, command.count, command.perSecond)
    })
  }
})
