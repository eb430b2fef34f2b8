import { lookup, Resolver } from "node:dns/promises";
import { codeOf } from "./outbound-fault.js";

/** Of `dns.promises.Resolver`, what is asked. */
export type NameServer = Pick<Resolver, "resolve4" | "resolve6" | "cancel">;

/** Where names lead. */
export interface NameResolver {
  /** Asks name servers: for names that users give. */
  query(name: string): Promise<readonly string[]>;
  /** As programs of this machine resolve it, with its hosts file and search domains: for names that the operator gives. */
  lookup(name: string): Promise<readonly string[]>;
  /** Gives up the questions under way. */
  cancel(): void;
}

/**
 * How name servers are asked. The library shortens the time by what it has measured, to a quarter of a second, and counts against it what this
 * process does meanwhile: so it asks a few times. Who waits has a deadline of their own.
 */
export const QUERIES = { timeout: 1_000, tries: 4 } as const;
/** Names that are asked at once: more answers than these would not fit the socket's buffer, and be asked for anew in seconds. */
const AT_ONCE = 100;
/** A name that takes longer makes room for the next, so that some whose servers are dead do not hold up the rest. */
const SLOW_MS = 200;

/**
 * Resolves names. Those of users are asked of name servers directly: the system's resolver works on the few threads that file
 * access shares, and a name whose server never answers would hold one of them for half a minute.
 */
export function createNameResolver(
  nameServer: NameServer = new Resolver(QUERIES),
  system: (name: string) => Promise<readonly string[]> = lookUp,
): NameResolver {
  const pace = createPace();
  const asking = new Map<string, Promise<readonly string[]>>();
  return {
    lookup: system,
    cancel: () => nameServer.cancel(),
    query: (name) => {
      const asked = asking.get(name);
      if (asked !== undefined) return asked;
      const answer = pace(() => ask(nameServer, name)).finally(() => asking.delete(name));
      asking.set(name, answer);
      return answer;
    },
  };
}

async function ask(nameServer: NameServer, name: string): Promise<readonly string[]> {
  const answers = await Promise.allSettled([nameServer.resolve4(name), nameServer.resolve6(name)]);
  const addresses = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  if (addresses.length > 0) return addresses;
  // Of two failures the one that says more: that there is no address of one kind is nothing unusual.
  const reasons = answers.map((answer) => (answer.status === "rejected" ? answer.reason : undefined));
  throw reasons.find((reason) => codeOf(reason) !== "ENODATA") ?? reasons[0];
}

/** Begins tasks in their order, a few at a time. */
function createPace(): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  const leave = () => {
    const next = waiting.shift();
    // The next one takes the place as it is.
    if (next === undefined) running -= 1;
    else next();
  };
  return async (task) => {
    if (running < AT_ONCE) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    const result = task();
    const slow = deadlineOf(SLOW_MS);
    void Promise.race([result.catch(() => {}), slow.passed]).then(() => {
      slow.clear();
      leave();
    });
    return result;
  };
}

function deadlineOf(ms: number): { readonly passed: Promise<void>; clear(): void } {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return { passed, clear: () => clearTimeout(timer) };
}

async function lookUp(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}
