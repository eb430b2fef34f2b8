import type { Random } from "./load-random.js";

/** Where workers learn which server to talk to, and where they wait while there is none. */
export class Gate {
  readonly #urls = new Set<string>();
  readonly #waiting: ((url: string) => void)[] = [];

  constructor(private readonly random: Random) {}

  /** A server that takes requests; one of several, at random. */
  pass(): Promise<string> {
    if (this.#urls.size > 0) return Promise.resolve(this.random.pick([...this.#urls]));
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  open(url: string): void {
    this.#urls.add(url);
    for (const resume of this.#waiting.splice(0)) resume(url);
  }

  /** Sends nobody there any more; without a URL, nowhere. */
  close(url?: string): void {
    if (url === undefined) this.#urls.clear();
    else this.#urls.delete(url);
  }
}
