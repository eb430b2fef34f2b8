import { type Demo, startDemo } from "./demo.js";
import { firstKeysLeft, handOverFirstKeys, keepDemoLink } from "./first-start.js";
import { createLog, type Log } from "./log.js";
import { readSettings, type Settings } from "./settings.js";
import { type RunningServer, startServer } from "./start-server.js";

/** What of a process `serve` needs; the real one, except in tests. */
export interface ServeHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where a person reads: the greeting, the first keys, the demo's story. */
  readonly terminal: { readonly isTTY?: boolean; write(text: string): unknown };
  on(signal: NodeJS.Signals, listener: () => void): unknown;
}

/** What `serve` may be asked for. */
export interface ServeOptions {
  /** Whether the demo plays against the server. */
  readonly demo?: boolean;
}

/**
 * Runs a server until SIGTERM or SIGINT, and resolves when it has come to rest.
 * @throws SettingsError, SchemaError or the database's error where it cannot start
 */
export async function serve(host: ServeHost, options: ServeOptions = {}): Promise<void> {
  const settings = readSettings(host.env);
  // Before anything is started: a signal that comes meanwhile must end the server in order too.
  const stopped = firstSignal(host);
  const log = createLog(settings.logLevel);
  const server = await startServer(settings, { log });
  log.info({ url: server.url, database: settings.database.dialect }, "listening");
  greet(host, settings, server);
  await handOver(host, settings, server, log);
  const demo = options.demo === true ? await playDemo(host, settings, server) : undefined;
  const signal = await stopped;
  log.info({ signal }, "stopping");
  // A second signal means that somebody is tired of waiting; the database keeps what was acknowledged either way.
  for (const again of SIGNALS) host.on(again, () => process.exit(1));
  await demo?.stop();
  await server.close();
  log.info("stopped");
}

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

function firstSignal(host: ServeHost): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of SIGNALS) host.on(signal, () => resolve(signal));
  });
}

function greet({ terminal }: ServeHost, settings: Settings, { url }: RunningServer): void {
  const lines = [
    ["Inbox", `${url}/`],
    ["API", `${url}/graphql`],
    ["Playground", settings.playground !== "off" ? `${url}/playground` : "switched off (PLAYGROUND)"],
    ["Health", `${url}/healthz and ${url}/readyz`],
  ];
  terminal.write(
    `Countersign is ready.\n${lines.map(([name, at]) => `  ${name?.padEnd(11)}${at}\n`).join("")}`,
  );
}

async function playDemo(
  { terminal }: ServeHost,
  { dataDir }: Settings,
  server: RunningServer,
): Promise<Demo> {
  const demo = await startDemo(server, { tell: (line) => terminal.write(`${line}\n`) });
  // What a service prints ends up in a log, where a link that opens the inbox has no place.
  const link =
    terminal.isTTY === true ? `\n  ${demo.signInUrl}` : `see ${await keepDemoLink(demo.signInUrl, dataDir)}`;
  terminal.write(`Sign in to the inbox as a reviewer, once and within 15 minutes: ${link}\n`);
  return demo;
}

async function handOver(host: ServeHost, settings: Settings, server: RunningServer, log: Log): Promise<void> {
  const { firstStart, url } = server;
  if (firstStart === undefined) {
    // The start that made them may have ended before it could show them, for want of the port for one.
    const left = host.terminal.isTTY === true ? firstKeysLeft(settings.dataDir) : undefined;
    if (left !== undefined) host.terminal.write(`The keys of the first start are in ${left}\n`);
    return;
  }
  const path = await handOverFirstKeys(firstStart, settings.dataDir, host.terminal);
  if (path !== undefined) {
    log.info({ path }, "the first keys were written to a file that only its owner can read");
    host.terminal.write(`Two keys and a sign-in link for the first ADMIN were made: see ${path}\n`);
  } else if (settings.playground !== "off") {
    const keys = `agentKey=${firstStart.agentKey}&reviewerKey=${firstStart.reviewerKey}`;
    host.terminal.write(`The playground with both keys filled in:\n  ${url}/playground#${keys}\n`);
  }
}
