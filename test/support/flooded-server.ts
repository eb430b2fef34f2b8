import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inject } from "vitest";
import { connectInspector, type Inspector } from "../../bench/harness/inspector.js";
import { firstKeysPath } from "../../src/server/first-start.js";
import type { FloodCounts, FloodTarget } from "../attacks/processes/flood-target.js";
import type { FloodName } from "../attacks/processes/floods.js";
import { type ChildServer, runCommand, startChildServer } from "./child-server.js";
import type { DatabaseKind, TestDatabase } from "./databases.js";
import { gqlData } from "./graphql-client.js";
import { TEST_SIGNING_KEY } from "./test-server.js";
import { until } from "./until.js";

/** What a process holds, after full collections, bytes. */
export interface HeldMemory {
  /** Its heap and what hangs on it outside of it, such as buffers. */
  readonly held: number;
  /** What the operating system counts as its own. */
  readonly resident: number;
}

/** A server as operators start it, with its usual limits, and an attacker in a process of its own. */
export interface FloodedServer {
  memory(): Promise<HeldMemory>;
  /** Lets a flood come from an address of its own; what it met. */
  flood(name: FloodName, seconds: number): Promise<FloodCounts>;
  /** A client at another address that reads, submits and decides, a few times a second; how long each took, milliseconds. */
  behave(seconds: number): Promise<number[]>;
  /** Error lines of the server's log. */
  errors(): readonly string[];
  close(): Promise<void>;
}

const FLOODER = fileURLToPath(new URL("../attacks/processes/flooder.ts", import.meta.url));
/** Rounds of a read, a submission and a decision. */
const ROUNDS_PER_SECOND = 12;
const LARGE_TICKETS = 40;
const SUBMIT = "mutation ($input: SubmitReviewInput!) { submitReview(input: $input) { ticket { id } } }";
const DECIDE =
  "mutation ($id: ID!) { decideTicket(input: { ticketId: $id, revision: 1, status: APPROVED }) { ticket { id } } }";
const API_KEY = /csk_[\w-]+/g;
const READ = "{ tickets(first: 10) { edges { node { id status proposal { title } } } } }";

/** Starts both; the first start's keys are the client's, and the attacker has a key of its own. */
export async function startFloodedServer(kind: DatabaseKind): Promise<FloodedServer> {
  const database = await kind.create();
  const dataDirectory = await mkdtemp(join(inject("runDirectory"), "flooded-"));
  const env = { DATABASE_URL: database.url, DATA_DIR: dataDirectory, SIGNING_KEY: TEST_SIGNING_KEY };
  const server = await startChildServer({
    env: {
      ...env,
      // The usual limits, which servers of tests are otherwise without.
      RATE_PRINCIPAL: "",
      RATE_ADDRESS: "",
      SOCKETS_PER_ADDRESS: "",
      // Waiting fifteen seconds for those that never read would make this slow, not stricter.
      SLOW_CONSUMER_SECONDS: "1",
      NODE_OPTIONS: "--inspect=127.0.0.1:0",
    },
  });
  const flooder = fork(FLOODER, [], {
    execArgv: ["--import", "tsx"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const address = await until(() => /Debugger listening on (ws:\S+)/.exec(server.output)?.[1]);
  const inspector = await connectInspector(address);
  const attacker = await runCommand(
    ["keys", "create", "--workspace", "default", "--name", "Attacker", "--role", "agent", "--kind", "agent"],
    { env },
  );
  const first = await readFile(firstKeysPath(dataDirectory), "utf8");
  const [agent = "", reviewer = ""] = first.match(API_KEY) ?? [];
  const keys = { agent, reviewer, attacker: attacker.match(API_KEY)?.[0] ?? "" };
  const flooded = new Flooded(database, dataDirectory, server, flooder, inspector, keys);
  await flooded.prepare();
  return flooded;
}

/** Whose key is whose. */
interface FloodKeys {
  readonly agent: string;
  readonly reviewer: string;
  readonly attacker: string;
}

class Flooded implements FloodedServer {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });

  constructor(
    private readonly database: TestDatabase,
    private readonly dataDirectory: string,
    private readonly server: ChildServer,
    private readonly flooder: ChildProcess,
    private readonly inspector: Inspector,
    private readonly keys: FloodKeys,
  ) {}

  async prepare(): Promise<void> {
    const { url } = this.server;
    for (let at = 0; at < LARGE_TICKETS; at += 1) {
      await gqlData(url, this.keys.attacker, SUBMIT, {
        input: { title: "large", payload: { text: "x".repeat(20_000) } },
      });
    }
  }

  async memory(): Promise<HeldMemory> {
    const { heapUsed, external, rss } = await this.inspector.memory();
    return { held: heapUsed + external, resident: rss };
  }

  async flood(name: FloodName, seconds: number): Promise<FloodCounts> {
    const target: FloodTarget = {
      port: Number(new URL(this.server.url).port),
      from: "127.0.0.2",
      key: this.keys.attacker,
      seconds,
    };
    const answer = once(this.flooder, "message");
    this.flooder.send({ name, target });
    const [{ counts, error }] = (await answer) as [{ counts?: FloodCounts; error?: string }];
    if (counts === undefined) throw new Error(`the flood failed: ${error}`);
    return counts;
  }

  async behave(seconds: number): Promise<number[]> {
    const latencies: number[] = [];
    const rounds: Promise<void>[] = [];
    const began = performance.now();
    for (let round = 0; round < seconds * ROUNDS_PER_SECOND; round += 1) {
      const due = began + (round * 1_000) / ROUNDS_PER_SECOND;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
      rounds.push(this.#round(latencies));
    }
    await Promise.all(rounds);
    return latencies;
  }

  errors(): readonly string[] {
    return this.server.errors;
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    this.inspector.close();
    const gone = once(this.flooder, "exit");
    this.flooder.disconnect();
    await gone;
    await this.server.terminate();
    await this.database.drop();
    await rm(this.dataDirectory, { recursive: true, force: true });
  }

  async #round(latencies: number[]): Promise<void> {
    const { agent, reviewer } = this.keys;
    const ask = async (key: string, query: string, variables: object = {}): Promise<string> => {
      const began = performance.now();
      const text = await this.#post(key, JSON.stringify({ query, variables }));
      latencies.push(performance.now() - began);
      if (!text.startsWith('{"data":{') || text.includes('"errors"')) throw new Error(`not served: ${text}`);
      return text;
    };
    await ask(reviewer, READ);
    const submitted = await ask(agent, SUBMIT, { input: { title: "beside a flood" } });
    const id = /ticket_[0-9a-z]{26}/.exec(submitted)?.[0];
    await ask(reviewer, DECIDE, { id });
  }

  #post(key: string, body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const asked = request(
        `${this.server.url}/graphql`,
        {
          agent: this.#agent,
          method: "POST",
          headers: {
            authorization: `Bearer ${key}`,
            "content-type": "application/json",
            "content-length": Buffer.byteLength(body),
          },
        },
        (answer) => {
          let text = "";
          answer.setEncoding("utf8").on("data", (part: string) => {
            text += part;
          });
          answer.once("end", () => resolve(text));
        },
      );
      asked.once("error", reject);
      asked.end(body);
    });
  }
}
