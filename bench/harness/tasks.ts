/** What the client process is asked to do; every task answers with its result. */
export type Task =
  | {
      readonly kind: "submit";
      readonly target: Target;
      readonly count: number;
      readonly idempotency: boolean;
    }
  | {
      readonly kind: "decide";
      readonly target: Target;
      readonly tickets: readonly string[];
      readonly idempotency: boolean;
    }
  | {
      readonly kind: "read";
      readonly target: Target;
      readonly tickets: readonly string[];
      /** How long to go on; once through all of them where absent. */
      readonly seconds?: number;
    }
  | {
      readonly kind: "connect";
      /** One more agent each. */
      readonly url: string;
      readonly keys: readonly string[];
    }
  | { readonly kind: "wait"; readonly places: readonly WaitingPlace[] }
  | {
      readonly kind: "decideWhileWaiting";
      readonly target: Target;
      readonly tickets: readonly string[];
      readonly perSecond: number;
    }
  | {
      /** Reads the tickets, and decides some of them. */
      readonly kind: "steady";
      readonly target: Target;
      readonly reviewerKey: string;
      readonly tickets: readonly string[];
      readonly perSecond: number;
    }
  | {
      readonly kind: "noise";
      readonly target: Target;
      readonly noise: NoiseKind;
      /** The address that it pretends to come from. */
      readonly from: string;
      readonly seconds: number;
    };

/** What a client that does not behave sends. */
export type NoiseKind = "cheap" | "refused" | "fresh";

export interface Target {
  readonly url: string;
  /** The operation at index `i` comes from key `i % keys`. */
  readonly keys: readonly string[];
  readonly clients: number;
}

/** Which agent (in the order of connecting) is to wait for which ticket. */
export interface WaitingPlace {
  readonly agent: number;
  readonly ticketId: string;
}

/** What came of a number of requests. */
export interface LoadResult {
  readonly seconds: number;
  readonly count: number;
  /** Of each request, milliseconds. */
  readonly latencies: readonly number[];
  /** The tickets that were submitted, by the index of the operation. */
  readonly tickets: readonly string[];
}

/** What came of deciding while agents wait; milliseconds since the decision was sent. */
export interface PushResult {
  readonly pushed: readonly number[];
  readonly answered: readonly number[];
}

/** Latencies of a client that behaves, milliseconds. */
export interface SteadyResult {
  readonly reads: readonly number[];
  readonly decisions: readonly number[];
}

/** What a client that does not behave has sent, and how often it was answered with which HTTP status. */
export interface NoiseResult {
  readonly sent: number;
  readonly statuses: Readonly<Record<string, number>>;
}

/** What each kind of task answers with. */
export interface TaskResults {
  readonly submit: LoadResult;
  readonly decide: LoadResult;
  readonly read: LoadResult;
  readonly connect: null;
  readonly wait: null;
  readonly decideWhileWaiting: PushResult;
  readonly steady: SteadyResult;
  readonly noise: NoiseResult;
}

/** What the receivers of webhooks are asked. */
export type ReceiversTask =
  | { readonly kind: "listen" }
  /** How many they have taken; or those from a number on. */
  | { readonly kind: "received"; readonly from?: number };

/** Where a receiver takes everything, and where one never answers. */
export interface Ports {
  readonly taking: number;
  readonly hanging: number;
}

/** A delivery that came. */
export interface Delivered {
  readonly ticketId: string;
  readonly path: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}
