import { setMaxListeners } from "node:events";
import type { ClientRequest, IncomingMessage } from "node:http";
import { codeOf, faultOf, OutboundFault } from "./outbound-fault.js";

/** What the other side answered. */
export interface OutboundAnswer {
  readonly status: number;
  /** The header Retry-After, as it came. */
  readonly retryAfter: string | null;
  /** The beginning of the answer's body: for known words to be looked for, not to be shown. */
  readonly body: string;
}

export interface Exchange {
  /** Begins a request. @param again on a connection that nobody has used before */
  open(again: boolean): ClientRequest;
  readonly body: string;
  readonly secure: boolean;
  readonly connectMs: number;
  /** For everything, to the answer's last byte. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** More of an answer's body is not read. */
const BODY_BYTES = 64 * 1024;
/** Interim answers (1xx) that are put up with. */
const INTERIM_ANSWERS = 8;
/** How a connection that was kept shows that the other side has closed it. */
const CLOSED: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE"]);

/**
 * Sends a request and reads its answer. What takes too long or too much is cut, together with its connection. Once the answer's
 * header has come the status is what counts: a body that never ends takes nothing back.
 * @throws OutboundFault
 */
export async function exchange(options: Exchange): Promise<OutboundAnswer> {
  const { timeoutMs, signal } = options;
  const ended = () => new OutboundFault("ABORTED", "it was cut short by this side");
  if (signal?.aborted === true) throw ended();
  let call = begin(options, false);
  const late = new OutboundFault("TIMEOUT", `there was no answer within ${timeoutMs / 1_000} s`);
  const deadline = setTimeout(() => call.cut(late), timeoutMs);
  const abort = () => call.cut(ended());
  if (signal !== undefined) {
    // One signal may end a thousand requests: that is no leak, and nothing to warn of.
    setMaxListeners(0, signal);
    signal.addEventListener("abort", abort);
  }
  try {
    return await call.answer.catch((error: unknown) => {
      // The other side may close a connection that was kept just as it is used again. That is nobody's failure.
      if (!call.onKept() || !CLOSED.has(codeOf(error))) throw error;
      call = begin(options, true);
      return call.answer;
    });
  } catch (error) {
    throw faultOf(error);
  } finally {
    clearTimeout(deadline);
    signal?.removeEventListener("abort", abort);
  }
}

/** A request under way. */
interface Call {
  /** @throws whatever ended it before the answer's header had come */
  readonly answer: Promise<OutboundAnswer>;
  /** Ends it, with what has come of an answer. */
  cut(fault: OutboundFault): void;
  /** Whether it uses a connection that an earlier one has used. */
  onKept(): boolean;
}

function begin({ open, body, secure, connectMs }: Exchange, again: boolean): Call {
  const request = open(again);
  let header: IncomingMessage | null = null;
  const chunks: Buffer[] = [];
  let size = 0;
  let interim = 0;
  const { promise: answer, resolve, reject } = deferred<OutboundAnswer>();
  const finish = (error: unknown) => {
    if (header === null) reject(error);
    else resolve(answerOf(header, chunks));
  };
  const cut = (fault: OutboundFault) => {
    finish(fault);
    request.destroy();
  };
  const hungUp = () => finish(new OutboundFault("NETWORK", "the connection ended before an answer came"));
  request.on("error", finish);
  request.once("close", hungUp);
  request.on("information", () => {
    interim += 1;
    if (interim > INTERIM_ANSWERS)
      cut(new OutboundFault("NETWORK", "there were interim answers without an end"));
  });
  request.once("upgrade", (_, socket) => {
    socket.destroy();
    cut(new OutboundFault("NETWORK", "it answered 101: it wants to speak another protocol"));
  });
  request.once("response", (message) => {
    header = message;
    message.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > BODY_BYTES) cut(new OutboundFault("NETWORK", "the answer is too long"));
    });
    message.on("error", finish);
    message.once("close", hungUp);
  });
  limitConnecting(request, secure, connectMs, cut);
  request.end(body);
  return { answer, cut, onKept: () => request.reusedSocket };
}

function answerOf({ statusCode = 0, headers }: IncomingMessage, chunks: readonly Buffer[]): OutboundAnswer {
  const body = Buffer.concat(chunks).subarray(0, BODY_BYTES).toString("utf8");
  return { status: statusCode, retryAfter: headers["retry-after"] ?? null, body };
}

function limitConnecting(
  request: ClientRequest,
  secure: boolean,
  connectMs: number,
  cut: (fault: OutboundFault) => void,
): void {
  const late = new OutboundFault("TIMEOUT", `no connection came about within ${connectMs / 1_000} s`);
  const timer = setTimeout(() => cut(late), connectMs);
  const connected = () => clearTimeout(timer);
  request.once("close", connected);
  request.once("socket", (socket) => {
    if (request.reusedSocket) connected();
    else socket.once(secure ? "secureConnect" : "connect", connected);
  });
}

function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((...both) => {
    [resolve, reject] = both;
  });
  return { promise, resolve, reject };
}
