import type { Bench } from "../harness/bench.js";
import { calmly } from "../harness/calmly.js";
import { type ClientProcess, startClientProcess } from "../harness/client-process.js";
import { profiled } from "../harness/measured.js";
import type { DatabaseName } from "../harness/options.js";
import { type Filled, fill } from "../harness/prepare.js";
import { quiet, type Usage, watchUsage } from "../harness/process-usage.js";
import { OTHERS_CPU } from "../harness/report.js";
import { type ServerProcess, startServerProcess } from "../harness/server-process.js";
import { percentile } from "../harness/statistics.js";
import type { PushResult, WaitingPlace } from "../harness/tasks.js";

const TABLE = "Push of a decision to the agent that waits for it";
/** Connections of the reviewers to begin with: more than are busy at once unless something stalls. */
const REVIEWERS = 32;
/** Decisions before anything is measured. */
const WARM_UP = 500;
const WARM_UP_PER_SECOND = 200;

/** How soon a decision reaches the agent that waits for it, and what it costs, while others wait too. */
export async function measurePush(bench: Bench, database: DatabaseName, run: number): Promise<void> {
  const { databases, pinning, options, tell } = bench;
  const { agents, waiting: sizes, clients, pushes, pushesPerSecond } = options.sizes;
  const place = await databases.create(database);
  try {
    const filled = await fill(place, { tickets: 0, decided: false, agents });
    const server = await startServerProcess(place, pinning, { inspect: options.profile });
    const client = startClientProcess(pinning);
    try {
      const crowd = new Crowd(server, client, filled, clients);
      for (const waiting of sizes) {
        tell(`${database}, run ${run}: ${waiting} waiting agents`);
        await crowd.growTo(waiting);
        if (waiting === sizes[0]) await crowd.warmUp(WARM_UP, WARM_UP_PER_SECOND);
        await calmly(bench, async (one) => {
          const decided = await profiled(one, server, `${database}-push-${waiting}`, () =>
            crowd.decide(pushes, pushesPerSecond),
          );
          add(one, database, waiting, decided, server, client);
        });
      }
    } finally {
      await client.stop();
      await server.stop();
    }
  } finally {
    await place.drop();
  }
}

/** What a number of decisions came to, in windows that were watched, beside windows of the same length without any. */
interface Decided {
  readonly pushed: readonly number[];
  readonly answered: readonly number[];
  readonly busy: readonly Usage[];
  readonly idle: readonly Usage[];
}

/** Agents that wait, each on its own socket, for a ticket that it has submitted. */
class Crowd {
  #agents = 0;
  readonly #waiting: WaitingPlace[] = [];

  constructor(
    private readonly server: ServerProcess,
    private readonly client: ClientProcess,
    private readonly filled: Filled,
    /** By which tickets are submitted. */
    private readonly clients: number,
  ) {}

  async growTo(count: number): Promise<void> {
    const added = Array.from({ length: count - this.#agents }, (_, index) => this.#agents + index);
    await this.client.run({
      kind: "connect",
      url: this.server.url,
      keys: added.map((agent) => this.#keyOf(agent)),
    });
    this.#agents = count;
    await this.#wait(added);
    await quiet(this.server.pid);
  }

  /** Decides without looking, so that what is measured afterwards has been compiled. */
  async warmUp(count: number, perSecond: number): Promise<void> {
    for (const part of this.#parts(count)) await this.#decide(part, perSecond);
  }

  /** Decides at that pace, at most half of what is waited for at a time; whoever was pushed waits anew in between. */
  async decide(count: number, perSecond: number): Promise<Decided> {
    const decided = {
      pushed: [] as number[],
      answered: [] as number[],
      busy: [] as Usage[],
      idle: [] as Usage[],
    };
    const pids = [...this.server.pids, this.client.pid];
    for (const part of this.#parts(count)) {
      await quiet(this.server.pid);
      const idle = watchUsage(pids);
      await new Promise((resolve) => setTimeout(resolve, (part / perSecond) * 1_000));
      decided.idle.push(idle());
      const busy = watchUsage(pids);
      const { pushed, answered } = await this.#decide(part, perSecond, () => decided.busy.push(busy()));
      decided.pushed.push(...pushed);
      decided.answered.push(...answered);
    }
    return decided;
  }

  *#parts(count: number): Generator<number> {
    const most = Math.max(1, Math.floor(this.#agents / 2));
    for (let left = count; left > 0; left -= most) yield Math.min(left, most);
  }

  async #decide(count: number, perSecond: number, done = (): unknown => undefined): Promise<PushResult> {
    const chosen = this.#waiting.splice(0, count);
    const result = await this.client.run({
      kind: "decideWhileWaiting",
      target: { url: this.server.url, keys: [this.filled.reviewerKey], clients: REVIEWERS },
      tickets: chosen.map(({ ticketId }) => ticketId),
      perSecond,
    });
    done();
    await this.#wait(chosen.map(({ agent }) => agent));
    return result;
  }

  /** Lets each of the agents submit a ticket and wait for the decision on it. */
  async #wait(agents: readonly number[]): Promise<void> {
    const { tickets } = await this.client.run({
      kind: "submit",
      target: {
        url: this.server.url,
        keys: agents.map((agent) => this.#keyOf(agent)),
        clients: this.clients,
      },
      count: agents.length,
      idempotency: false,
    });
    const places = agents.map((agent, index) => ({ agent, ticketId: tickets[index] ?? "" }));
    await this.client.run({ kind: "wait", places });
    this.#waiting.push(...places);
  }

  #keyOf(agent: number): string {
    const { agentKeys } = this.filled;
    return agentKeys[agent % agentKeys.length] ?? "";
  }
}

function add(
  { report }: Bench,
  database: DatabaseName,
  waiting: number,
  { pushed, answered, busy, idle }: Decided,
  server: ServerProcess,
  client: ClientProcess,
): void {
  const used = (windows: readonly Usage[], pid: number | undefined): number =>
    pid === undefined ? 0 : windows.reduce((sum, { cpu }) => sum + (cpu.get(pid) ?? 0), 0);
  const seconds = (windows: readonly Usage[]): number =>
    windows.reduce((sum, window) => sum + window.seconds, 0);
  const share = (cpu: number, windows: readonly Usage[]): number => (cpu / seconds(windows)) * 100;
  const [serverPid, databasePid] = server.pids;
  const each = (pid: number | undefined): number => {
    const rest = (used(idle, pid) * seconds(busy)) / seconds(idle);
    return ((used(busy, pid) - rest) / pushed.length) * 1_000;
  };
  report.add(
    TABLE,
    { database, waiting: waiting.toLocaleString("en-US") },
    {
      "p50 ms": percentile(pushed, 0.5),
      "p95 ms": percentile(pushed, 0.95),
      "p99 ms": percentile(pushed, 0.99),
      "answer p50 ms": percentile(answered, 0.5),
      "server CPU ms per decision": each(serverPid),
      "database CPU ms per decision": each(databasePid),
      "idle server CPU %": share(used(idle, serverPid), idle),
      "client CPU %": share(used(busy, client.pid), busy),
      [OTHERS_CPU]: share(
        busy.reduce((sum, { foreign }) => sum + foreign, 0),
        busy,
      ),
    },
  );
}
