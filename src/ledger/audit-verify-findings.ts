/** What `audit verify` found. */
export type Verdict = Accepted | Rejected;

export interface Accepted {
  readonly ok: true;
  readonly events: number;
  readonly tickets: number;
  readonly lastSequence: number;
  readonly lastHash: string;
  /** Of the last checkpoint that was held against the ledger; null where there was none. */
  readonly checkpointSequence: number | null;
}

export interface Rejected {
  readonly ok: false;
  /** The first event that is wrong, missing, or not what a table says of it; null where it can be told of none. */
  readonly sequence: number | null;
  readonly reason: string;
  /** How many more things are wrong; where the chain itself is broken, only what lies before the break is looked at. */
  readonly more?: number;
}

/** One thing that is wrong. */
export type Finding = Pick<Rejected, "sequence" | "reason">;

/** Keeps the first of all that is found wrong, in order of the ledger, and counts the others: memory stays bounded. */
export class Findings {
  /** In order; those that cannot be placed come last. */
  #first: Finding[] = [];
  #count = 0;
  /** Where the chain broke: nothing from there on is worth reporting, since it may follow from the break. */
  #brokenAt = Number.POSITIVE_INFINITY;

  /** @param keep how many of them are kept */
  constructor(private readonly keep = 1) {}

  get brokenAt(): number | undefined {
    return Number.isFinite(this.#brokenAt) ? this.#brokenAt : undefined;
  }

  /** @param sequence of the event concerned; anything but a whole number counts as unknown */
  report(sequence: unknown, reason: string): void {
    const place = typeof sequence === "number" && Number.isSafeInteger(sequence) ? sequence : null;
    if (place !== null && place >= this.#brokenAt) return;
    this.#count += 1;
    const at = this.#first.findIndex((known) => isBefore(place, known.sequence));
    this.#first.splice(at === -1 ? this.#first.length : at, 0, { sequence: place, reason });
    this.#first.length = Math.min(this.#first.length, this.keep);
  }

  /** The chain cannot be followed beyond this place. */
  reportBreak(sequence: number, reason: string): void {
    this.report(sequence, reason);
    this.#brokenAt = sequence;
  }

  /** Those that were kept. */
  get first(): readonly Finding[] {
    return this.#first;
  }

  get rejection(): Rejected | undefined {
    const [first] = this.#first;
    if (first === undefined) return undefined;
    return { ok: false, ...first, ...(this.#count > 1 ? { more: this.#count - 1 } : {}) };
  }
}

function isBefore(place: number | null, other: number | null): boolean {
  return place !== null && (other === null || place < other);
}

/** A stored value in a reason: short, and of any type, since it may have been tampered with. */
export function shown(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}
