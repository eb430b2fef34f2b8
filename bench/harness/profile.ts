import type { CpuProfile, ProfileNode } from "./inspector.js";

const TOP = 20;

/** What time is spent on; a sample counts for the first that fits the innermost frame, or else the frame around it. */
const CONCERNS: readonly (readonly [name: string, frame: RegExp])[] = [
  ["garbage collection", /^ \(garbage collector\)/],
  ["SQL: driver, TypeORM", /node_modules\/(typeorm|better-sqlite3|mysql2)\//],
  ["SQL: building statements and rows", /dist\/(persistence\/|ledger\/batch-rows)/],
  ["canonical text (RFC 8785)", /node_modules\/canonicalize\//],
  ["receipts (Ed25519)", /dist\/(ledger\/receipt|identity\/compact-jws|identity\/signing-key)/],
  ["hash chain and digests", / (chainHash|digestOf|idempotencyOf) /],
  ["authentication", /dist\/identity\//],
  ["domain", /dist\/domain\//],
  ["commit pipeline, push", /dist\/ledger\//],
  ["type-graphql", /node_modules\/type-graphql\//],
  ["DataLoader", /node_modules\/dataloader\//],
  ["resolvers, mapping, guards", /dist\/graphql\//],
  ["GraphQL: parse, validate, execute", /node_modules\/graphql\//],
  ["Apollo Server", /node_modules\/(@apollo|@as-integrations|negotiator|whatwg-mimetype)\//],
  ["WebSocket: graphql-ws, ws", /node_modules\/(graphql-ws|ws)\//],
  ["logging", /node_modules\/pino\//],
  [
    "HTTP: Node, Fastify",
    /node_modules\/(fastify|secure-json-parse|find-my-way|light-my-request)\/|node:(_http|internal\/http)/,
  ],
];
const THE_REST = "Node, event loop";

/** Where a profile's time went, by concern and by function; shares are of the time in which the process was not idle. */
export function summarise(profile: CpuProfile): string {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map<number, number>();
  for (const node of profile.nodes) for (const child of node.children ?? []) parents.set(child, node.id);
  const byConcern = new Map<string, number>();
  const byFunction = new Map<string, number>();
  let busy = 0;
  for (const [id, time] of selfTimes(profile)) {
    const node = nodes.get(id);
    if (node === undefined || node.callFrame.functionName === "(idle)") continue;
    busy += time;
    raise(byFunction, nameOf(node), time);
    let concern: string | undefined;
    for (let at: number | undefined = id; at !== undefined && concern === undefined; at = parents.get(at)) {
      const frame = nodes.get(at)?.callFrame;
      const text = `${frame?.url} ${frame?.functionName} `;
      concern = CONCERNS.find(([, fits]) => fits.test(text))?.[0];
    }
    raise(byConcern, concern ?? THE_REST, time);
  }
  const list = (times: ReadonlyMap<string, number>): string =>
    [...times]
      .sort(([, one], [, other]) => other - one)
      .slice(0, TOP)
      .map(([name, time]) => `  ${((time / busy) * 100).toFixed(1).padStart(5)} %  ${name}`)
      .join("\n");
  return `${(busy / 1e6).toFixed(1)} s busy, by concern\n${list(byConcern)}\nby function, itself\n${list(byFunction)}`;
}

function selfTimes({ samples = [], timeDeltas = [] }: CpuProfile): Map<number, number> {
  const times = new Map<number, number>();
  for (const [index, id] of samples.entries()) {
    // A sample lasts until the next one.
    times.set(id, (times.get(id) ?? 0) + (timeDeltas[index + 1] ?? 0));
  }
  return times;
}

/** The function, with its package, or the file of ours, or the part of Node that it is in. */
function nameOf({ callFrame: { url, functionName } }: ProfileNode): string {
  const shown = functionName === "" ? "(anonymous)" : functionName;
  const [, name] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*\/node_modules\/)/.exec(url) ?? [];
  if (name !== undefined) return `${shown}, ${name}`;
  const [, file] = /\/(dist\/.+)$/.exec(url) ?? [];
  if (file !== undefined) return `${shown}, ${file}`;
  return url === "" ? `${shown}, native` : `${shown}, ${url}`;
}

function raise(times: Map<string, number>, name: string, by: number): void {
  times.set(name, (times.get(name) ?? 0) + by);
}
