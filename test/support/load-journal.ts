import type { GqlAnswer } from "./graphql-client.js";
import type { ChainEvent, Settlement } from "./load-ledger.js";
import { settlements } from "./load-ledger.js";
import type { LoadPrincipal } from "./load-world.js";

export type OperationKind = "submit" | "resubmit" | "withdraw" | "comment" | "decide";

/** Something that a worker wants done, once. */
export interface Operation {
  readonly kind: OperationKind;
  /** Its idempotency key, and at once the text by which its effect is found on the record. */
  readonly mark: string;
  readonly by: LoadPrincipal;
  readonly input: Readonly<Record<string, unknown>>;
  /** Digest of the revision that it makes, where it makes one. */
  readonly digest: string | undefined;
}

/** A decision as an answer or a refusal shows it. */
export interface ShownDecision {
  readonly revision: number;
  readonly status: string;
  readonly cursor: string | null;
}

/** What its caller knows of an operation. */
export interface Entry {
  readonly operation: Operation;
  fate: "open" | "acknowledged" | "refused";
  /** How often it was sent without an answer coming back. */
  losses: number;
  /** How often the answer was UNAVAILABLE. */
  unavailable: number;
  ticketId: string | undefined;
  /** The ledgerCursor of the answer, where it has one. */
  cursor: string | undefined;
  shown: ShownDecision | undefined;
  /** Events in the chain that bear its mark. */
  readonly effects: ChainEvent[];
}

/** What an operation leads to, beside the decision that it may settle. */
const EFFECTS: Readonly<Record<OperationKind, readonly string[]>> = {
  submit: ["SUBMITTED"],
  resubmit: ["RESUBMITTED"],
  withdraw: ["WITHDRAWN"],
  comment: ["COMMENTED"],
  decide: ["REVIEWED"],
};

/** Every operation of a load: what was answered, held against what the chain says. */
export class Journal {
  readonly entries: Entry[] = [];
  readonly #byMark = new Map<string, Entry>();
  readonly #byDigest = new Map<string, Entry>();
  readonly #settled = new Map<string, Settlement>();
  readonly #problems: string[] = [];
  /** Called with the first answer that no rule allows: waiting on would be in vain. */
  onUnexpected: (problem: string) => void = () => undefined;

  begin(operation: Operation): Entry {
    const entry: Entry = {
      operation,
      fate: "open",
      losses: 0,
      unavailable: 0,
      ticketId: undefined,
      cursor: undefined,
      shown: undefined,
      effects: [],
    };
    this.entries.push(entry);
    this.#byMark.set(operation.mark, entry);
    if (operation.digest !== undefined) this.#byDigest.set(operation.digest, entry);
    return entry;
  }

  /** An answer that no rule allows. */
  unexpected({ operation }: Entry, answer: GqlAnswer<unknown>): void {
    const problem = `${operation.kind} ${operation.mark} was answered ${JSON.stringify(answer)}`;
    this.#problems.push(problem);
    this.onUnexpected(problem);
  }

  /** Takes note of what the chain has grown by. */
  absorb(events: readonly ChainEvent[]): void {
    for (const event of events) {
      const entry = this.#entryOf(event);
      if (entry !== undefined) entry.effects.push(event);
      else if (MARKED.has(event.type)) this.#problems.push(`nobody asked for event ${JSON.stringify(event)}`);
    }
    for (const settled of settlements(events)) this.#settled.set(settled.cursor, settled);
  }

  /**
   * What is wrong, given that the chain has been absorbed whole: acknowledged means once, refused means not at all, and of
   * what has not been answered there is all or nothing.
   */
  problems(): string[] {
    return [...this.#problems, ...this.entries.flatMap((entry) => this.#problemsOf(entry))];
  }

  #problemsOf(entry: Entry): string[] {
    const { operation, fate, effects } = entry;
    const found = effects.map((event) => event.type).filter((type) => type !== "DECIDED");
    const once = [...(isAmending(operation) ? ["RESUBMITTED"] : []), ...EFFECTS[operation.kind]];
    const allowed = { acknowledged: [once], refused: [[]], open: [[], once] }[fate];
    const problems: string[] = [];
    if (!allowed.some((one) => one.join() === found.join())) problems.push(`led to [${found.join()}]`);
    if (effects.some(({ actor }) => actor.id !== operation.by.id))
      problems.push("is on record as somebody else's");
    const [first] = effects;
    if (fate === "acknowledged" && first !== undefined) {
      if (entry.ticketId !== first.ticket) problems.push(`is on record for ${first.ticket}`);
      if (entry.cursor !== undefined && entry.cursor !== first.cursor)
        problems.push(`stands at ${first.sequence}`);
    }
    problems.push(...this.#problemsOfShown(entry));
    const what = `${operation.kind} ${operation.mark} (${fate}, ${entry.losses} answers lost, ${entry.ticketId})`;
    return problems.map((problem) => `${what} ${problem}`);
  }

  /** The decision that an answer showed is on record, just as it was shown. */
  #problemsOfShown({ shown, ticketId }: Entry): string[] {
    if (shown === undefined || shown.status === "PENDING") return [];
    const settled = shown.cursor === null ? undefined : this.#settled.get(shown.cursor);
    const same =
      settled?.ticketId === ticketId &&
      settled?.status === shown.status &&
      settled.revision === shown.revision;
    return same ? [] : [`was shown ${JSON.stringify(shown)}; on record is ${JSON.stringify(settled)}`];
  }

  #entryOf({ type, data }: ChainEvent): Entry | undefined {
    const mark = MARKED.get(type);
    if (mark === undefined) return undefined;
    return mark === "digest" ? this.#byDigest.get(String(data.digest)) : this.#byMark.get(String(data[mark]));
  }
}

export function isAmending({ kind, input }: Operation): boolean {
  return kind === "decide" && input.amendment !== undefined;
}

/** By type of event: the member of its data in which the mark, or the digest of something marked, stands. */
const MARKED: ReadonlyMap<string, "digest" | "reason" | "body" | "comments"> = new Map([
  ["SUBMITTED", "digest"],
  ["RESUBMITTED", "digest"],
  ["WITHDRAWN", "reason"],
  ["COMMENTED", "body"],
  ["REVIEWED", "comments"],
  ["DECIDED", "comments"],
]);
