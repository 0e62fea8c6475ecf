import type { Product } from '../../domain/market/product.ts'
import type { DataQuality, Emitted, Reached } from '../../domain/quality.ts'
import type { Micros } from '../../domain/time.ts'
import type { WireMessage } from '../../wire/message.ts'

/** What a publisher is made of. */
export interface PublisherOptions {
  /** IPv4 address to bind to. */
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** Wall clock, for the send times. */
  readonly now: () => Micros
  /** Like `Math.random`; draws the session ids. */
  readonly random: () => number
  /** What each lane keeps for re-requests; 2 MiB, touched only as it is used. */
  readonly ringBytes?: number
  /** The most datagrams ahead of a lossless subscriber; never more than half the ring. */
  readonly window?: number
  /**
   * Which lossless subscribers it waits for: all (`anybody`, unless told otherwise), none, or those that have this key, a
   * whole number above 0. Those it waits for also while they are not heard; all others are live readers.
   */
  readonly waitsFor?: 'anybody' | 'nobody' | number
  /** As many as subscribers: each may have a filter of its own. */
  readonly maxLanes?: number
  /** 256. */
  readonly maxSubscribers?: number
  /** 100. */
  readonly heartbeatMs?: number
  /** How long {@link Publisher.end} waits for acknowledgements at most; 5,000. */
  readonly endTimeoutMs?: number
  /** Called after somebody subscribed, left or expired; not for renewals. */
  readonly onSubscribersChange?: (subscribers: readonly SubscriberEntry[]) => void
}

/** Somebody who is subscribed. */
export interface SubscriberEntry {
  readonly address: string
  readonly port: number
  /** Empty: all. */
  readonly products: readonly Product[]
  readonly lossless: boolean
  /** Datagrams sent and not acknowledged; 0 for a live one, which need not acknowledge. */
  readonly behind: number
}

/** Counts since the start. */
export interface PublisherStatistics {
  readonly messages: number
  /** Sent, once for each subscriber. */
  readonly datagrams: number
  /** Sent again on request. */
  readonly resent: number
  /** Messages asked for that the ring had let go. */
  readonly lost: number
  /** Datagrams that the system refused to send; they are recovered like any other loss. */
  readonly sendErrors: number
  /** Datagrams received that were not valid or from nobody subscribed. */
  readonly garbage: number
  readonly lanes: number
}

/** A publisher that waits for others. */
export interface Stall {
  readonly forMs: number
  /** Who holds it up, as `address:port`. */
  readonly subscribers: readonly string[]
}

/** Serves subscribers over UDP; see PROTOCOL.md. */
export interface Publisher {
  readonly port: number
  /**
   * Adds a message to what is sent: when a datagram is full, at {@link flush}, or at the latest when the present turn's
   * microtasks run. It goes to nobody where nobody is subscribed.
   * @returns {@link ready}. Whoever serves lossless subscribers waits for {@link whenReady} when it is false.
   * @throws RangeError on a message that the wire cannot carry; Error after {@link end}.
   */
  publish(message: WireMessage): boolean
  /** Sends at once, in this turn. */
  flush(): void
  /** false while a lossless subscriber is a full window behind. */
  ready(): boolean
  /** Resolves when {@link ready}, or when the publisher is disposed of. */
  whenReady(): Promise<void>
  subscribers(): readonly SubscriberEntry[]
  /** What it emitted since it began, whether anybody was subscribed or not. */
  emitted(): Emitted
  /** For how long it has waited for lossless subscribers, and for whom; null while it waits for none. */
  stalled(): Stall | null
  /**
   * Ends all sessions. Resolves with true when every subscriber has all and knows of the end, with false when some had
   * not said so within `endTimeoutMs`, counted anew whenever a lossless one that lacks something is heard: one that is
   * held up but alive is waited for, and one that is known by its key in any case. Goes on serving re-requests until then.
   */
  end(reason: string): Promise<boolean>
  statistics(): PublisherStatistics
  /** Frees port and timers. Idempotent. */
  dispose(): Promise<void>
}

/** What a subscriber is made of. The callbacks are called in the turn in which the datagram arrives. */
export interface SubscriberOptions {
  /** The publisher: an IPv4 address or a host name, which is looked up again whenever the publisher is silent. */
  readonly source: { readonly host: string; readonly port: number }
  /** Empty: all. */
  readonly products: readonly Product[]
  /** true: the publisher waits rather than let anything be lost. */
  readonly lossless: boolean
  /** What makes the publisher wait for it; see {@link PublisherOptions.waitsFor}. */
  readonly key?: number
  /** Wall clock, for the send times. */
  readonly now: () => Micros
  /** Like `Math.random`; draws the subscriber's id. */
  readonly random: () => number
  /** Address to bind to; `0.0.0.0`. */
  readonly bindHost?: string
  /** How long the publisher keeps the subscription without a renewal; 5,000. */
  readonly ttlMs?: number
  /** 4 MiB; the system may grant less. */
  readonly receiveBufferBytes?: number
  /** Datagrams that may wait behind a hole; 2,048. */
  readonly bufferDatagrams?: number
  /** A hole is given up after so long without progress; 3,000, lossless 10,000. */
  readonly giveUpMs?: number
  /** Without any datagram for so long the source counts as silent; 1,000. */
  readonly silenceMs?: number
  /** One message, in order, exactly once. `sentAt`: when its datagram was first sent. */
  readonly onMessage: (message: WireMessage, sentAt: Micros) => void
  /** After the last message of an arrival: the moment to flush what followed from it. */
  readonly onBatchEnd?: () => void
  /** The session is over and all before its end was delivered or reported lost. Once. */
  readonly onEnd?: (reason: string) => void
  /**
   * Asks for the newest tick and book of each product that the publisher knows, and hears them before what comes next. They
   * are not part of the stream: the same may come in it too.
   */
  readonly onNewest?: (message: WireMessage) => void
  /** So many messages will never come; called in their place in the order. */
  readonly onLost?: (count: number) => void
  /** The source has said nothing for `silenceMs` (or has never answered). Once per silence. */
  readonly onSilence?: () => void
  /** The source speaks again. */
  readonly onVoice?: () => void
  /** Another publisher is in the source's place. What was sent in between is unknown. */
  readonly onRestart?: () => void
  /** The source refuses the subscription; it is asked again every second. */
  readonly onRefused?: (reason: string) => void
}

export type SubscriberState = 'connecting' | 'live' | 'silent' | 'ended' | 'disposed'

/** What became of the messages, and of the datagrams around them. */
export interface SubscriberStatistics extends DataQuality {
  /** Datagrams that were not valid. */
  readonly garbage: number
  /** Datagrams from another address than the source's. */
  readonly foreign: number
  /** Datagrams of a session that is not (or no longer) ours. */
  readonly stale: number
  /** How often the source started again. */
  readonly restarts: number
  /** Requests that the system refused to send. */
  readonly sendErrors: number
}

/** A subscription to one publisher; see PROTOCOL.md. */
export interface Subscriber {
  /** The local port. */
  readonly port: number
  state(): SubscriberState
  statistics(): SubscriberStatistics
  /** How far it has come in what its publisher emitted; null where there is none yet, or it cannot say. */
  reached(): Reached | null
  /** Whether the publisher waits for it: it asked to be waited for, and that was granted. */
  awaited(): boolean
  /** Resolves when the publisher has granted the subscription for the first time, or on {@link dispose}. */
  whenSubscribed(): Promise<void>
  /**
   * Stops delivering after the datagram at hand, and with it acknowledging: a lossless source then waits. Up to
   * `bufferDatagrams` wait here meanwhile.
   */
  hold(): void
  /** Goes on where {@link hold} stopped. */
  release(): void
  /**
   * Says goodbye, frees port and timers. Idempotent. What a live one still lacks is lost then, and what its source said while
   * it was not heard is unknown.
   */
  dispose(): Promise<void>
}
