import { expect } from "vitest";
import type { DatabaseKind } from "./databases.js";
import { type LoadReport, LoadRig } from "./load-rig.js";

export interface KillRounds {
  readonly kills: number;
  readonly seed: number;
  /** Servers that share the database; one of them is killed each time. 1 unless told. */
  readonly servers?: number;
}

/** A kill comes after so many acknowledgements, at random up to the last. */
const LEAST = 10;
const MOST = 150;
/**
 * In half of the rounds it comes at once, when others of the same commit have not had their answers yet; in the others so
 * many milliseconds later, at random.
 */
const LATER_MS = 25;
/** A server that has been started is killed again before it listens: in that share of the rounds, within that time. */
const HASTY = 0.1;
const HASTY_MS = 1_500;

/**
 * Kills servers under load with SIGKILL, time and again, and looks after each kill whether everything that was
 * acknowledged is in the tables, in the chain and in the replay, each thing once.
 * @throws Error or assertion error with what is wrong
 */
export async function killRounds(
  kind: DatabaseKind,
  { kills, seed, servers = 1 }: KillRounds,
): Promise<LoadReport> {
  const database = await kind.create();
  try {
    return await LoadRig.use(database, seed, async (rig) => {
      for (let server = 1; server < servers; server += 1) await rig.startServer({ open: true });
      for (let round = 1; round <= kills; round += 1) {
        try {
          await killRound(rig);
        } catch (error) {
          throw new Error(`in round ${round} of ${kills}: ${String(error)}`, { cause: error });
        }
      }
      await rig.auditUnderLoad(Math.ceil(kills / 10));
      return rig.finish();
    });
  } finally {
    await database.drop();
  }
}

async function killRound(rig: LoadRig): Promise<void> {
  const { random, inspector } = rig;
  const place = inspector.chain.events.length;
  const { cursor } = inspector;
  await rig.progress(LEAST + random.below(MOST - LEAST));
  if (random.chance(0.5)) await randomMoment(random.below(LATER_MS));
  const victim = random.pick(rig.servers);
  const gone = victim.kill();
  rig.forget(victim);
  expect(await gone).toEqual({ code: null, signal: "SIGKILL" });
  expect(victim.errors).toEqual([]);
  // Where another server is left, what the victim did not answer is sent there again.
  if (rig.servers.length > 0) await rig.progress(LEAST);
  await rig.rest();
  await rig.inspect();
  if (random.chance(HASTY)) {
    const hasty = rig.world.launch();
    await randomMoment(random.below(HASTY_MS));
    await hasty.kill();
  }
  const server = await rig.startServer({ open: false });
  await rig.replay(server, cursor, place);
  for (const { url } of rig.servers) rig.gate.open(url);
}

/** Nothing is waited for here: the moment itself is what is tried. */
function randomMoment(ms: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, ms));
}
