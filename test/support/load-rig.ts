import { expect } from "vitest";
import type { ChildServer, ChildServerOptions } from "./child-server.js";
import type { TestDatabase } from "./databases.js";
import { Follower, type Pushed, subscribeDecided } from "./load-followers.js";
import { Gate } from "./load-gate.js";
import { Inspector } from "./load-inspection.js";
import { type Random, seeded } from "./load-random.js";
import { LoadWorkers } from "./load-workers.js";
import { createLoadWorld, type LoadWorld } from "./load-world.js";
import { until } from "./until.js";

/** What a load amounted to, for whoever reads the output. */
export interface LoadReport {
  readonly acknowledged: number;
  /** Requests that were sent and never answered. */
  readonly answersLost: number;
  /** Operations that had been committed although no answer had come; their retries were told so. */
  readonly committedUnanswered: number;
  /** Requests that were answered with UNAVAILABLE. */
  readonly unavailable: number;
  readonly decisions: number;
  readonly events: number;
  readonly seconds: number;
}

export interface RigServerOptions extends Pick<ChildServerOptions, "maxFileBytes"> {
  /** Whether work is sent there at once. */
  readonly open: boolean;
}

const WORKERS = 16;
/** A shutdown takes longer only where it waits for something that never comes. */
const SHUTDOWN_MS = 30_000;
/** How long anything is waited for, milliseconds; the machine may have much else to do. */
export const WAIT_MS = 60_000;

/**
 * Servers in processes of their own, workers who load them, followers of every decision, and what looks whether all is
 * well: the parts that fault tests are put together from.
 */
export class LoadRig {
  readonly random: Random;
  readonly gate: Gate;
  readonly workers: LoadWorkers;
  readonly inspector: Inspector;
  readonly followers: Follower[] = [];
  /** Those that run. */
  readonly servers: ChildServer[];
  readonly #begun = performance.now();
  /** Rejects with the first answer that no rule allows. */
  readonly #spoiled: Promise<never>;
  #start = 0;
  #committedUnanswered = 0;

  private constructor(
    readonly world: LoadWorld,
    readonly seed: number,
  ) {
    this.random = seeded(seed);
    this.gate = new Gate(this.random);
    this.workers = new LoadWorkers(world, this.gate, this.random);
    this.inspector = new Inspector(world, this.workers.journal);
    this.servers = [world.first];
    this.#spoiled = new Promise((_, reject) => {
      this.workers.journal.onUnexpected = (problem) => reject(new Error(problem));
    });
    // It may be found at any time; what is under way then hears of it.
    this.#spoiled.catch(() => undefined);
  }

  /** Runs a test on a rig over that database, under load, and leaves nothing running, whatever happens. */
  static async use<Result>(
    database: Pick<TestDatabase, "url">,
    seed: number,
    test: (rig: LoadRig) => Promise<Result>,
  ): Promise<Result> {
    const world = await createLoadWorld(database, { agents: 3, reviewers: 5 });
    const rig = new LoadRig(world, seed);
    try {
      await rig.#begin();
      return await test(rig);
    } catch (error) {
      const outputs = rig.servers.map(({ output }) => output.slice(-2_000)).join("\n");
      throw new Error(`with TEST_SEED=${seed}: ${String(error)}\n${outputs}`, { cause: error });
    } finally {
      for (const server of rig.servers) await server.kill();
      await world.remove();
    }
  }

  /** Starts another server. */
  async startServer({ open, ...options }: RigServerOptions): Promise<ChildServer> {
    const server = await this.world.start(options);
    this.servers.push(server);
    if (open) this.gate.open(server.url);
    return server;
  }

  /** Sends no more work to that server, lets what is on its way arrive, and tells it to stop (SIGTERM). */
  async stopServer(server: ChildServer): Promise<void> {
    this.forget(server);
    // What a worker was about to send is on its way after a turn of the event loop; it counts as running.
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    const begun = performance.now();
    expect(await server.terminate()).toEqual({ code: 0, signal: null });
    expect(performance.now() - begun).toBeLessThan(SHUTDOWN_MS);
  }

  /** Sends no more work to that server and counts it as gone. */
  forget(server: ChildServer): void {
    this.gate.close(server.url);
    this.servers.splice(this.servers.indexOf(server), 1);
  }

  /** Resolves in the moment in which the workers have got so many more things done. */
  async progress(count: number): Promise<void> {
    const died = Promise.race(this.servers.map((server) => server.ended.then(() => server)));
    const done = this.workers.reached(this.workers.acknowledged + count);
    const early = await Promise.race([done, died, this.#spoiled, tooLate(`${count} acknowledgements`)]);
    if (early !== undefined) throw new Error(`a server ended by itself:\n${early.output}`);
  }

  /** Waits until nobody is at work: every request has its answer, or has lost it. */
  async rest(): Promise<void> {
    this.gate.close();
    await until(() => this.workers.resting, { what: "the workers to rest", timeoutMs: WAIT_MS });
  }

  /** Looks whether everything acknowledged is there, once. Nobody may be at work. */
  async inspect(): Promise<void> {
    this.#committedUnanswered += (await this.inspector.inspect()).committedUnanswered;
  }

  /** A subscription after that cursor gives every decision that was added after that place, once each and in order. */
  async replay(server: ChildServer, after: string, place: number): Promise<void> {
    const expected = this.inspector.decisionsAfter(place);
    const pushed: Pushed[] = [];
    const { auditor } = this.world;
    const subscription = subscribeDecided(server.url, auditor.key, after, (decision) =>
      pushed.push(decision),
    );
    try {
      const over = subscription.ended.then((end) => {
        throw new Error(
          `the replay ended after ${pushed.length} of ${expected.length}: ${JSON.stringify(end)}`,
        );
      });
      const enough = until(() => pushed.length >= expected.length, {
        what: "the replay",
        timeoutMs: WAIT_MS,
      });
      await Promise.race([enough, over]);
      expect(pushed.map(({ cursor }) => cursor)).toEqual(expected);
    } finally {
      await subscription.dispose();
    }
  }

  /** The audit finds all well, too, while servers write and sign checkpoints. */
  async auditUnderLoad(times: number): Promise<void> {
    for (let time = 1; time <= times; time += 1) {
      await this.progress(10);
      expect(JSON.parse(await this.world.auditCommand())).toMatchObject({ ok: true });
    }
  }

  /** Ends the load and the servers in order, and looks at everything once more. A server must be there. */
  async finish(): Promise<LoadReport> {
    for (const { url } of this.servers) this.gate.open(url);
    await this.workers.stop();
    await this.inspect();
    for (const follower of this.followers) await this.#followedAll(follower);
    for (const server of [...this.servers]) await this.stopServer(server);
    await this.inspect();
    expect(JSON.parse(await this.world.auditCommand())).toMatchObject({ ok: true });
    const { entries } = this.workers.journal;
    expect(entries.filter(({ fate }) => fate === "open")).toEqual([]);
    return {
      acknowledged: this.workers.acknowledged,
      answersLost: this.workers.answersLost,
      committedUnanswered: this.#committedUnanswered,
      unavailable: this.workers.unavailable,
      decisions: this.inspector.decisionsAfter(this.#start).length,
      events: this.inspector.chain.events.length,
      seconds: Math.round((performance.now() - this.#begun) / 1_000),
    };
  }

  async #begin(): Promise<void> {
    await this.inspect();
    this.#start = this.inspector.chain.events.length;
    for (const { name, key } of [...this.world.agents, ...this.world.reviewers.slice(0, 2)]) {
      this.followers.push(new Follower(name, key, this.inspector.cursor));
    }
    for (const { url } of this.servers) this.gate.open(url);
    for (const follower of this.followers) follower.start(this.gate);
    this.workers.start(WORKERS);
  }

  /** Every decision that the follower may see has come, in ledger order, once those that came again are left out. */
  async #followedAll(follower: Follower): Promise<void> {
    const agent = this.world.agents.find(({ name }) => name === follower.name);
    const expected = this.inspector.decisionsAfter(this.#start, agent?.id);
    const seen = (): string[] => [...new Set(follower.pushed.map(({ cursor }) => cursor))];
    await until(() => seen().length >= expected.length, {
      what: `${follower.name} to see ${expected.length} decisions`,
      timeoutMs: WAIT_MS,
    });
    expect(seen()).toEqual(expected);
    const refused = follower.ends.filter(({ refused = "UNAVAILABLE" }) => refused !== "UNAVAILABLE");
    expect(refused).toEqual([]);
    await follower.stop();
  }
}

function tooLate(what: string): Promise<undefined> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`waited ${WAIT_MS} ms in vain for ${what}`)), WAIT_MS).unref();
  });
}
