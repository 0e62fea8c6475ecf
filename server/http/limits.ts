/** What one client may ask of the server, and how long it is waited for. */

/** The most connections at once, of all clients. */
export const MAX_CONNECTIONS = 2_000
/** The largest request body. */
export const MAX_BODY_BYTES = 1024 * 1024
/** The most tokens of a document; the longest honest one, GraphiQL's introspection, has some 200. */
export const MAX_TOKENS = 4_000

/** The largest message that a client may send over a WebSocket. */
export const MAX_MESSAGE_BYTES = 256 * 1024
/** The most operations that run on one socket at once. */
export const MAX_OPERATIONS = 100
/** How long a socket may take to introduce itself. */
export const INIT_TIMEOUT_MS = 10_000
/** How often a socket is asked whether it is still there; one that has not answered by the next time is cut off. */
export const PING_MS = 15_000
