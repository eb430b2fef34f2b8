import type { ServerResponse } from "node:http";
import type { OpenStream, OpenStreams } from "./open-streams.js";

/** Shorter answers fit into the buffers of the connection, so that nothing of them waits here. */
const WATCHED_BYTES = 64 * 1024;
/** As slow as whoever reads may be, all in all: who takes a byte now and then holds an answer as long as who takes none. */
const BYTES_PER_SECOND = 16 * 1024;

/**
 * Has a long HTTP answer given up where its peer does not take it, so that those who never read hold no memory for long.
 * @param stallMs how long nothing at all may be taken
 */
export function watchAnswer(
  streams: OpenStreams,
  response: ServerResponse,
  body: unknown,
  stallMs: number,
): void {
  const bytes = typeof body === "string" || Buffer.isBuffer(body) ? body.length : 0;
  if (bytes < WATCHED_BYTES) return;
  // Node's own timer knows of the parts of one long write that have been taken; nothing else of it can be seen.
  response.setTimeout(stallMs, () => response.destroy());
  const answer = new LongAnswer(response, Date.now() + (bytes / BYTES_PER_SECOND) * 1_000);
  streams.add(answer);
  response.once("close", () => streams.remove(answer));
}

class LongAnswer implements OpenStream {
  readonly credential = undefined;
  /** What waits is one answer, whose size is bounded elsewhere; only for how long it waits counts. */
  readonly pendingBytes = 0;

  constructor(
    private readonly response: ServerResponse,
    /** When it should be through. */
    readonly stalledSince: number,
  ) {}

  ping(): boolean {
    return true;
  }

  end(): void {
    this.response.destroy();
  }
}
