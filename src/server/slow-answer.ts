import type { ServerResponse } from "node:http";
import type { OpenStream, OpenStreams } from "./open-streams.js";

/** Shorter answers fit into the buffers of the connection, so that nothing of them waits here. */
const WATCHED_BYTES = 64 * 1024;
/** What has to be taken for it to count: who takes a byte now and then is as slow as who takes none. */
const PROGRESS_BYTES = 16 * 1024;

/** Has an HTTP answer watched until the peer has taken it, so that those who never read hold no memory for long. */
export function watchAnswer(streams: OpenStreams, response: ServerResponse, body: unknown): void {
  const size = typeof body === "string" || Buffer.isBuffer(body) ? body.length : 0;
  if (size < WATCHED_BYTES) return;
  const answer = new SlowAnswer(response);
  streams.add(answer);
  response.once("close", () => streams.remove(answer));
}

class SlowAnswer implements OpenStream {
  readonly credential = undefined;
  /** What waits is one answer, whose size is bounded elsewhere; only that it waits for long counts. */
  readonly pendingBytes = 0;
  #left = Number.POSITIVE_INFINITY;
  #since = Date.now();

  constructor(private readonly response: ServerResponse) {}

  get stalledSince(): number | undefined {
    const left = this.response.socket?.writableLength ?? 0;
    if (left === 0 || left <= this.#left - PROGRESS_BYTES) {
      this.#left = left;
      this.#since = Date.now();
    }
    return left === 0 ? undefined : this.#since;
  }

  ping(): boolean {
    return true;
  }

  end(): void {
    this.response.destroy();
  }
}
