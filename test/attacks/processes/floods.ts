import { randomBytes } from "node:crypto";
import { FRAME, frame } from "../../support/web-socket-frames.js";
import { type FloodCounts, FloodRun, type FloodTarget } from "./flood-target.js";
import { apiKeyFormatted } from "./forged-key.js";

const UPGRADE =
  "GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n";
const DEEP = `${"[".repeat(40_000)}${"]".repeat(40_000)}`;
const LARGE = "{ tickets(first: 100) { edges { node { proposal { payload } } } } }";
const DECIDED = "subscription { ticketDecided { ticketId status } }";
const SUBMIT =
  'mutation ($p: JSONObject) { submitReview(input: { title: "deep", payload: $p }) { ticket { id } } }';

const subscribe = (id: number, payload: string): string =>
  `{"id":"${id}","type":"subscribe","payload":${payload}}`;
const operation = (query: string): string => JSON.stringify({ query });
const times = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => part(index)).join(" ");

/** 40,000 brackets where a document, variables and a payload would be. */
const NESTED = [
  `{"query":"{ ticket(id: ${DEEP}) { id } }"}`,
  `{"query":"{ __typename }","variables":{"a":${DEEP}}}`,
  `{"query":${JSON.stringify(SUBMIT)},"variables":{"p":{"a":${DEEP}}}}`,
];

const BOMBS = [
  (index: number) => `{ ${times(60, (at) => `a${at}x${index}: viewer { roles }`)} }`,
  (index: number) => `{ viewer { ${times(1_000, () => "roles")} } } # ${index}`,
  (index: number) => `{ viewer { roles ${times(1_000, () => "@skip(if: false)")} } } # ${index}`,
  (index: number) =>
    `{ viewer { ...F0 } } ${times(49, (at) => `fragment F${at} on Viewer { ...F${at + 1} ...F${at + 1} }`)} fragment F49 on Viewer { a${index}: roles }`,
];

/** What each flood sends, until its time is over. */
const FLOODS = {
  /** Upgrades that never introduce themselves, many more than an address may have. */
  "silent connections": async (run) => {
    await run.steadily(600, () => {
      const socket = run.connect(UPGRADE);
      socket.once("data", (bytes: Buffer) => run.count(bytes.toString("latin1", 9, 12)));
    });
  },
  "5,000 subscriptions": async (run) => {
    while (!run.over) {
      const socket = await run.socket();
      if (socket === undefined) break;
      for (let id = 0; id < 5_000; id += 1) socket.send(subscribe(id, operation(DECIDED)));
      await new Promise((resolve) => socket.once("close", resolve));
    }
  },
  "1,000 messages a second": async (run) => {
    let socket = await run.socket();
    await run.steadily(1_000, () => {
      if (socket?.readyState === socket?.OPEN) socket?.send('{"type":"ping"}');
      else if (socket?.readyState === socket?.CLOSED) {
        socket = undefined;
        void run.socket().then((next) => {
          socket = next;
        });
      }
    });
  },
  "readers that never read": async (run) => {
    const body = operation(LARGE);
    const head = (path: string, accept: string): string =>
      `POST ${path} HTTP/1.1\r\nHost: x\r\nAccept: ${accept}\r\nAuthorization: Bearer ${run.target.key}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const init = JSON.stringify({
      type: "connection_init",
      payload: { Authorization: `Bearer ${run.target.key}` },
    });
    for (let at = 0; at < 8; at += 1) {
      run.connect(head("/graphql", "application/json").repeat(4)).pause();
      run.connect(head("/graphql/stream", "text/event-stream")).pause();
      const messages = Array.from({ length: 8 }, (_, id) => frame(FRAME.text, subscribe(id, body)));
      run.connect(UPGRADE, frame(FRAME.text, init), ...messages).pause();
    }
    await run.toTheEnd();
  },
  "100,000 fragments of a frame": async (run) => {
    const fragment = frame(FRAME.nextFragment, " ");
    const fragments = Buffer.concat([
      frame(FRAME.firstFragment, '{"type":"ping"'),
      ...Array.from({ length: 100_000 }, () => fragment),
    ]);
    await run.busily(2, async () => {
      const socket = run.connect(UPGRADE, fragments).resume();
      await new Promise((resolve) => socket.once("close", resolve));
    });
  },
  "40,000 nested brackets": async (run) => {
    const headers = { authorization: `Bearer ${run.target.key}` };
    const socket = await run.socket();
    socket?.on("message", () => run.count("answered"));
    await run.steadily(40, (index) => {
      const body = NESTED[index % NESTED.length] ?? "";
      if (index % 4 === 3 && socket?.readyState === socket?.OPEN) socket?.send(subscribe(index, body));
      if (index % 4 === 2)
        return run.post("/graphql/stream", body, { ...headers, accept: "text/event-stream" });
      return run.post("/graphql", body, headers);
    });
  },
  "credentials that do not hold": async (run) => {
    await run.steadily(200, (index) => {
      const key = apiKeyFormatted(randomBytes(32).toString("base64url"));
      if (index % 3 === 0) return run.post("/auth/token", JSON.stringify({ apiKey: key }), {});
      return run.post("/graphql", operation("{ __typename }"), { authorization: `Bearer ${key}` });
    });
  },
  "sign-ins with links that nobody made": async (run) => {
    await run.steadily(200, () =>
      run.post(
        "/sign-in",
        new URLSearchParams({ link: `csl_${randomBytes(1_000).toString("hex")}` }).toString(),
        {
          "content-type": "application/x-www-form-urlencoded",
          "sec-fetch-site": "same-origin",
        },
      ),
    );
  },
  "documents that are bombs": async (run) => {
    await run.busily(8, (index) =>
      run.post("/graphql", operation((BOMBS[index % BOMBS.length] ?? String)(index)), {
        authorization: `Bearer ${run.target.key}`,
      }),
    );
  },
  "connections that say half of it": async (run) => {
    const halves = [
      "",
      "POST /graphql HTTP/1.1\r\nHost: x\r\nX-Slow: ",
      `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"query": "${"x".repeat(1_000)}`,
      UPGRADE.slice(0, -2),
    ];
    await run.steadily(400, (index) => {
      run.connect(halves[index % halves.length] ?? "");
    });
  },
} satisfies Readonly<Record<string, (run: FloodRun) => Promise<void>>>;

/** The name of a flood. */
export type FloodName = keyof typeof FLOODS;

/** Every flood. */
export const FLOOD_NAMES = Object.keys(FLOODS) as readonly FloodName[];

/** Lets a flood come over the target for its seconds, and ends every connection of it. */
export async function flood(name: FloodName, target: FloodTarget): Promise<FloodCounts> {
  const run = new FloodRun(target);
  await FLOODS[name](run);
  return run.end();
}
