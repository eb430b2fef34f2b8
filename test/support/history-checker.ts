import { isDeepStrictEqual } from "node:util";

/** What something would do if everybody used it one after the other: a pure description, which is the yardstick. */
export interface SequentialModel<State, Input, Output> {
  readonly initial: State;
  /** The state after the operation, and its answer. A refusal is an answer, too. */
  step(state: State, input: Input): { readonly state: State; readonly output: Output };
  /** Two states with the same key cannot be told apart by any operation. */
  stateKey(state: State): string;
  /** Whether an operation that is answered so changes no state, whichever it is: a reading or a refusal. */
  isInert(input: Input, output: Output): boolean;
}

/** One operation as its client saw it. Instants are milliseconds on one monotonic clock. */
export interface HistoryEntry<Input, Output> {
  readonly input: Input;
  /** Not after the request was sent. */
  readonly invoked: number;
  /** What was answered, and when: not before the answer came. Undefined where that is unknown: it may have taken effect or not. */
  readonly answered: { readonly at: number; readonly output: Output } | undefined;
}

/** An order in which the operations can have taken effect, or how far the best attempt to find one came. */
export interface Linearization<State> {
  readonly ok: boolean;
  /** Places in the history: all that were answered and those unknown ones that took effect, or the longest such beginning. */
  readonly order: readonly number[];
  /** The state after `order`. */
  readonly state: State;
  /** Pairs of operations done and state that were looked at: what the answer cost. */
  readonly configurations: number;
}

/**
 * Whether a history is linearizable (Herlihy and Wing, "Linearizability: a correctness condition for concurrent
 * objects", TOPLAS 1990): whether every operation that was answered can have taken effect at one instant between its
 * invocation and its answer, such that the model gives all these answers. One whose outcome is unknown may have taken
 * effect at any instant after its invocation, or never.
 *
 * A depth-first search over the operations that can be next (Wing and Gong, "Testing and verifying concurrent objects",
 * JPDC 1993), which visits no pair of operations done and state twice (Lowe, "Testing for linearizability",
 * Concurrency and Computation 2017). An object at a time: histories of objects that share nothing are linearizable
 * together where each of them is (locality, Herlihy and Wing), and looking at each by itself is what makes the search
 * short (Horn and Kroening, "Faster linearizability checking via P-compositionality", FORTE 2015).
 *
 * A reading or refusal that can be next and agrees with its answer is taken at once and without an alternative: moved to the
 * front of any order that is found, it disturbs none of the others. (Not so what only happens to change nothing here:
 * giving back what nobody holds may be what a later place in the order needs.)
 */
export function linearize<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  history: readonly HistoryEntry<Input, Output>[],
): Linearization<State> {
  return new Search(model, history).run();
}

interface Move<State> {
  readonly index: number;
  readonly state: State;
  readonly key: string;
}

class Search<State, Input, Output> {
  readonly #seen = new Set<string>();
  readonly #order: number[] = [];
  readonly #byAnswer: readonly number[];
  #best: { readonly order: readonly number[]; readonly state: State };

  constructor(
    private readonly model: SequentialModel<State, Input, Output>,
    private readonly history: readonly HistoryEntry<Input, Output>[],
  ) {
    // Who was answered first is tried first, and what is unknown last: so that it counts only where it is needed.
    this.#byAnswer = history
      .map((_, index) => index)
      .sort((a, b) => this.#answeredAt(a) - this.#answeredAt(b));
    this.#best = { order: [], state: model.initial };
  }

  run(): Linearization<State> {
    const ok = this.#extend(0n, this.model.initial, this.model.stateKey(this.model.initial));
    return { ok, ...this.#best, configurations: this.#seen.size };
  }

  /** @param done a bit per operation that is in the order already */
  #extend(done: bigint, state: State, key: string): boolean {
    const configuration = `${done.toString(36)} ${key}`;
    if (this.#seen.has(configuration)) return false;
    this.#seen.add(configuration);
    if (this.#order.length > this.#best.order.length) this.#best = { order: [...this.#order], state };

    const left = this.#byAnswer.filter((index) => (done & (1n << BigInt(index))) === 0n);
    const next = left[0];
    if (next === undefined || this.#answeredAt(next) === Number.POSITIVE_INFINITY) {
      this.#best = { order: [...this.#order], state };
      return true;
    }
    const moves = this.#moves(left, this.#answeredAt(next), state, key);
    return moves.some((move) => {
      this.#order.push(move.index);
      const found = this.#extend(done | (1n << BigInt(move.index)), move.state, move.key);
      this.#order.pop();
      return found;
    });
  }

  /** Which operations can be next: none that was sent after another one, not yet in the order, was answered. */
  #moves(left: readonly number[], firstAnswer: number, state: State, key: string): Move<State>[] {
    const moves: Move<State>[] = [];
    for (const index of left) {
      const { input, invoked, answered } = this.#entry(index);
      if (invoked > firstAnswer) continue;
      const after = this.model.step(state, input);
      if (answered !== undefined && !isDeepStrictEqual(after.output, answered.output)) continue;
      const move = { index, state: after.state, key: this.model.stateKey(after.state) };
      if (answered !== undefined && this.model.isInert(input, answered.output)) return [move];
      // Nobody can tell an unknown one that changed nothing from one that never took effect.
      if (answered !== undefined || move.key !== key) moves.push(move);
    }
    return moves;
  }

  #answeredAt(index: number): number {
    return this.#entry(index).answered?.at ?? Number.POSITIVE_INFINITY;
  }

  #entry(index: number): HistoryEntry<Input, Output> {
    const entry = this.history[index];
    if (entry === undefined) throw new Error(`there is no operation ${index}`);
    return entry;
  }
}
