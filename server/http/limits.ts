/** What one client may ask of the server, and how long it is waited for. */

/** The largest request body. */
export const MAX_BODY_BYTES = 1024 * 1024
/** The most characters of a document; some are kept as they came. */
export const MAX_DOCUMENT_LENGTH = 100_000
/**
 * The most tokens of a document; the longest honest one, GraphiQL's introspection, has some 200. What checks documents compares
 * fields with each other: twice the tokens can cost four times as much.
 */
export const MAX_TOKENS = 2_000
/** The most brackets of a document within each other. */
export const MAX_NESTING = 100
/** The most characters of a name within a document. */
export const MAX_NAME_LENGTH = 64
/** How many documents are kept as they were read: the dashboard asks some thirty. */
export const MAX_KEPT_DOCUMENTS = 100

/** How long a client may take to send the head of a request, and the whole of it; however busily it sends. */
export const HEAD_MS = 10_000
export const REQUEST_MS = 30_000
/** How often it is looked whose time is up, and how much waits for those who do not read. */
export const LOOK_MS = 2_000
/** How long a connection may stand still, nothing sent and nothing taken, while something is asked on it; feeds send a sign of life more often. */
export const STANDSTILL_MS = 120_000
/** The most bytes of answers that wait for all clients together. */
export const MAX_UNREAD_BYTES = 256 * 1024 * 1024

/** The largest message that a client may send over a WebSocket. */
export const MAX_MESSAGE_BYTES = 256 * 1024
/** The largest of those that begin no operation: greetings, pings and the like, whose contents a pong repeats. */
export const MAX_CONTROL_LENGTH = 4_096
/** The most characters of an operation's id on a socket. */
export const MAX_ID_LENGTH = 200
/** The most operations that run on one socket at once. */
export const MAX_OPERATIONS = 100
/** The most characters of all operations together that run on one socket at once: each is kept as long as it runs. */
export const MAX_RUNNING_LENGTH = 512 * 1024
/** The most answers, pongs among them, that wait for a socket's client to read them; each operation has one at most. */
export const MAX_UNREAD = 1_000
/** How long a socket may take to introduce itself. */
export const INIT_TIMEOUT_MS = 10_000
/** How often a socket is asked whether it is still there; one that has not answered by the next time is cut off. */
export const PING_MS = 15_000
