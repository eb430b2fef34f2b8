import { afterAll, beforeAll } from "vitest";
import type { ChildServer } from "./child-server.js";
import type { DatabaseKind, TestDatabase } from "./databases.js";
import type { Contest } from "./load-contest.js";
import { LoadHttp } from "./load-http.js";
import { Inspector } from "./load-inspection.js";
import { chooseSeed, seeded } from "./load-random.js";
import { createLoadWorld, type LoadWorld } from "./load-world.js";

/** Two servers over one database for the tests of a `describe`, and ten reviewers who contend. */
export interface ContestFixture {
  readonly world: LoadWorld;
  /** Of the random choices; goes into messages. */
  readonly seed: number;
  /** The contest through so many of the servers. */
  through(servers: number): Contest;
  /** Looks whether chain and tables are whole, and gives what has been read of the chain. */
  inspect(): Promise<Inspector>;
}

/** Call it in a `describe`; what it gives is there once the tests run. */
export function useContest(kind: DatabaseKind): ContestFixture {
  const http = new LoadHttp();
  const servers: ChildServer[] = [];
  const seed = chooseSeed();
  const random = seeded(seed);
  let database: TestDatabase | undefined;
  let made: { readonly world: LoadWorld; readonly inspector: Inspector } | undefined;

  beforeAll(async () => {
    database = await kind.create();
    const world = await createLoadWorld(database, { agents: 1, reviewers: 10 });
    made = { world, inspector: new Inspector(world) };
    servers.push(world.first, await world.start());
    console.log(`contests on ${kind.name}: TEST_SEED=${seed}`);
  }, 120_000);
  afterAll(async () => {
    http.close();
    for (const server of servers) await server.kill();
    await made?.world.remove();
    await database?.drop();
  });

  const ready = (): NonNullable<typeof made> => {
    if (made === undefined) throw new Error("the servers are not there yet");
    return made;
  };
  return {
    get world() {
      return ready().world;
    },
    seed,
    through: (count) => {
      const { agents, reviewers } = ready().world;
      const [agent] = agents;
      if (agent === undefined) throw new Error("there is no agent");
      return { http, urls: servers.slice(0, count).map(({ url }) => url), agent, reviewers, random };
    },
    inspect: async () => {
      const { inspector } = ready();
      await inspector.inspect();
      return inspector;
    },
  };
}
