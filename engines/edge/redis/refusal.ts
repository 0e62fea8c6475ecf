/** How Redis says that it takes nothing, and what that means for whoever runs it. */
const REFUSALS: readonly (readonly [said: RegExp, means: string])[] = [
  [/^OOM/, 'its memory is full: give it more (maxmemory), or remove what else is in it'],
  [/^READONLY/, 'it is read-only, as a replica is: name the one that takes writes'],
  [/^MISCONF/, 'it cannot save to its disk: look at its log, and at the room on its disk'],
  [/^WRONGTYPE/, 'a key of this platform holds something else in it'],
  [/^(NOPERM|NOAUTH|WRONGPASS)/, 'its user may not do this: see which commands and keys it is allowed'],
  [/^LOADING/, 'it is still loading what it keeps'],
  [/^NOREPLICAS/, 'too few of its replicas are there'],
  [/timed out/i, 'it does not answer'],
]

/** Why Redis does not take something, for a person, by what it or its client said. */
export function describeRefusal(said: string): string {
  return REFUSALS.find(([pattern]) => pattern.test(said))?.[1] ?? said
}
