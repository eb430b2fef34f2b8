import { CountersignError } from "./countersign-error.js";

/** As much of a WebSocket as the SDK touches: the platform's own and that of the `ws` package both fit. */
export interface WebSocketLike {
  readonly readyState: number;
  close(code?: number, reason?: string): void;
  addEventListener(type: "close", listener: () => void): void;
  /** Only `ws` has it: ends the connection without waiting for the other side. */
  terminate?(): void;
}

export type WebSocketClass = new (url: string, protocols: string) => WebSocketLike;

/** The readyState values (https://websockets.spec.whatwg.org/#dom-websocket-readystate). */
export const READY_STATE = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const;

/**
 * The platform's WebSocket or, where there is none (Node 20), that of the `ws` package.
 * @throws CountersignError BAD_CONFIGURATION where there is neither
 */
export async function platformWebSocket(): Promise<WebSocketClass> {
  const own = (globalThis as { WebSocket?: WebSocketClass }).WebSocket;
  if (own !== undefined) return own;
  try {
    // Bundlers for browsers resolve "ws" to the stand-in that the package has for them.
    return (await import("ws")).WebSocket;
  } catch (error) {
    const message = "There is no WebSocket here: install the ws package, or give webSocketImpl.";
    throw new CountersignError("BAD_CONFIGURATION", message, { cause: error });
  }
}
