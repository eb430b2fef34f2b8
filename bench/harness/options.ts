import { parseArgs } from "node:util";

/** What can be measured on its own. */
export const PARTS = ["submit", "decide", "reads", "push", "memory", "noise", "inbox", "webhooks"] as const;
export type Part = (typeof PARTS)[number];

/** The databases that are measured. */
export const DATABASES = ["sqlite", "mariadb"] as const;
export type DatabaseName = (typeof DATABASES)[number];

/** What a run of the benchmark does; see docs/benchmarks.md. */
export interface Options {
  readonly parts: ReadonlySet<Part>;
  readonly databases: readonly DatabaseName[];
  /** Times that each figure is taken. */
  readonly runs: number;
  readonly quick: boolean;
  /** Whether submissions and decisions carry idempotency keys, as those of the SDK do. */
  readonly idempotency: boolean;
  /** Whether the server is profiled while it is measured; the figures are worse then. */
  readonly profile: boolean;
  /** Whether to wait until others leave the machine alone, and to repeat what they disturbed. */
  readonly calm: boolean;
  readonly sizes: Sizes;
}

/** How much of everything. */
export interface Sizes {
  /** HTTP clients that each wait for their answer before they ask again. */
  readonly clients: number;
  /** Submissions, and decisions, in one run. */
  readonly writes: number;
  /** As many before, which do not count. */
  readonly writesWarmUp: number;
  /** Submissions, and decisions, in one run beside many tickets. */
  readonly writesBeside: number;
  /** Transactions of the raw driver, of each kind. */
  readonly rawTransactions: number;
  /** Tickets in the database while decisions are read. */
  readonly tickets: readonly number[];
  /** Of those, how many are read, spread over all. */
  readonly readTickets: number;
  readonly readSeconds: number;
  /** Agents that wait while decisions are pushed. */
  readonly waiting: readonly number[];
  /** Decisions in one run, for each number of waiting agents. */
  readonly pushes: number;
  readonly pushesPerSecond: number;
  /** Principals that the waiting agents are shared by. */
  readonly agents: number;
  /** How long a client that behaves is watched, beside each kind of one that does not. */
  readonly noiseSeconds: number;
  /** Pending tickets behind the inbox. */
  readonly inboxTickets: number;
  /** Decisions that are signed in the inbox, and changes that others make before its eyes, of each kind. */
  readonly inboxDecisions: number;
  readonly inboxChanges: number;
  /** Times that the inbox is opened. */
  readonly inboxLoads: number;
  /** Webhooks that each decision is told to, decisions in one run, and the seconds from one to the next. */
  readonly endpoints: number;
  readonly webhookDecisions: number;
  readonly webhookSeconds: number;
}

const FULL: Sizes = {
  clients: 64,
  writes: 20_000,
  writesWarmUp: 5_000,
  writesBeside: 5_000,
  rawTransactions: 4_000,
  tickets: [1_000, 200_000],
  readTickets: 20_000,
  readSeconds: 8,
  waiting: [100, 1_000, 10_000],
  pushes: 500,
  pushesPerSecond: 50,
  agents: 100,
  noiseSeconds: 30,
  inboxTickets: 10_000,
  inboxDecisions: 40,
  inboxChanges: 30,
  inboxLoads: 10,
  endpoints: 1_000,
  webhookDecisions: 10,
  webhookSeconds: 3,
};

const QUICK: Sizes = {
  ...FULL,
  writes: 4_000,
  writesWarmUp: 2_000,
  writesBeside: 2_000,
  rawTransactions: 1_000,
  tickets: [1_000, 20_000],
  readTickets: 2_000,
  readSeconds: 2,
  waiting: [100, 1_000],
  pushes: 150,
  noiseSeconds: 10,
  inboxTickets: 1_000,
  inboxDecisions: 10,
  inboxChanges: 5,
  inboxLoads: 3,
  webhookDecisions: 3,
};

export const USAGE = `npm run bench -- [options]
  --only PARTS        of ${PARTS.join(",")} (all)
  --databases NAMES   of ${DATABASES.join(",")} (both)
  --runs N            times that each figure is taken (3; with --quick 1)
  --quick             smaller and shorter, to see whether everything works
  --tickets LIST      tickets in the database for reads; writes take the largest
  --waiting LIST      waiting agents for push; memory takes the first and the last
  --agents N          principals that the waiting agents are shared by (100)
  --idempotency       submissions and decisions carry an idempotency key
  --calm              wait until other processes leave the CPUs alone; repeat what they disturbed
  --profile           profile the server, print what takes its time, and keep .cpuprofile files
`;

/**
 * Reads the command line.
 * @throws Error naming what is wrong with it
 */
export function readOptions(args: readonly string[]): Options | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      databases: { type: "string" },
      runs: { type: "string" },
      quick: { type: "boolean", default: false },
      tickets: { type: "string" },
      waiting: { type: "string" },
      agents: { type: "string" },
      idempotency: { type: "boolean", default: false },
      profile: { type: "boolean", default: false },
      calm: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  const sizes = values.quick ? QUICK : FULL;
  return {
    parts: new Set(chosen("--only", values.only, PARTS)),
    databases: chosen("--databases", values.databases, DATABASES),
    runs: values.runs === undefined ? (values.quick ? 1 : 3) : count("--runs", values.runs),
    quick: values.quick,
    idempotency: values.idempotency,
    profile: values.profile,
    calm: values.calm,
    sizes: {
      ...sizes,
      tickets: counts("--tickets", values.tickets) ?? sizes.tickets,
      waiting: counts("--waiting", values.waiting) ?? sizes.waiting,
      agents: values.agents === undefined ? sizes.agents : count("--agents", values.agents),
    },
  };
}

function chosen<Name extends string>(
  option: string,
  text: string | undefined,
  all: readonly Name[],
): readonly Name[] {
  if (text === undefined) return all;
  return text.split(",").map((name) => {
    const known = all.find((one) => one === name);
    if (known === undefined) throw new Error(`${option}: expected some of ${all.join(", ")}, not "${name}"`);
    return known;
  });
}

function count(option: string, text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new Error(`${option}: expected a number from 1 on, not "${text}"`);
  return Number(text);
}

function counts(option: string, text: string | undefined): number[] | undefined {
  return text?.split(",").map((one) => count(option, one));
}
