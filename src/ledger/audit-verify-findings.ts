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

/** Keeps the first of all that is found wrong, in order of the ledger, and counts the others: memory stays bounded. */
export class Findings {
  #first: { readonly sequence: number | null; readonly reason: string } | undefined;
  #count = 0;
  /** Where the chain broke: nothing from there on is worth reporting, since it may follow from the break. */
  #brokenAt = Number.POSITIVE_INFINITY;

  get brokenAt(): number | undefined {
    return Number.isFinite(this.#brokenAt) ? this.#brokenAt : undefined;
  }

  /** @param sequence of the event concerned; anything but a whole number counts as unknown */
  report(sequence: unknown, reason: string): void {
    const place = typeof sequence === "number" && Number.isSafeInteger(sequence) ? sequence : null;
    if (place !== null && place >= this.#brokenAt) return;
    this.#count += 1;
    if (this.#first === undefined || isBefore(place, this.#first.sequence))
      this.#first = { sequence: place, reason };
  }

  /** The chain cannot be followed beyond this place. */
  reportBreak(sequence: number, reason: string): void {
    this.report(sequence, reason);
    this.#brokenAt = sequence;
  }

  get rejection(): Rejected | undefined {
    if (this.#first === undefined) return undefined;
    return { ok: false, ...this.#first, ...(this.#count > 1 ? { more: this.#count - 1 } : {}) };
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
