/**
 * The offline verifier of Countersign exports: a second opinion that trusts nothing but the exported file, the public
 * keys and (where given) a checkpoint kept outside. It is written from docs/protocol.md alone, imports nothing but
 * Node's own modules and shares no code with the server: a mistake made there is not repeated here.
 *
 *     node verify-export.js EXPORT.jsonl --keys jwks.json [--checkpoint FILE-OR-LAST-LINE] [--json]
 * Exit codes: 0 accepted, 1 rejected, 2 wrong usage or something could not be read.
 */
import { isUtf8 } from "node:buffer";
import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { createReadStream, readFileSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** A public key of a JWKS (RFC 7517, RFC 8037); any other than OKP/Ed25519 is passed over. */
export type Jwk = { kty?: string; crv?: string; x?: string; kid?: string; [member: string]: unknown };
/** checkpoint: the last one known outside, as a line of a checkpoint file or of another export, or as a bare JWS. */
export type VerifyOptions = { keys: readonly Jwk[]; checkpoint?: string | undefined };
export interface Accepted {
  ok: true;
  workspace: string;
  events: number;
  tickets: number;
  lastSequence: number;
  lastHash: string;
  /** Of the outside checkpoint, which the ledger was found to contain; null where none was given. */
  checkpointSequence: number | null;
}
/** sequence: the first event that is wrong or missing, null where it is none. line: of the export, from 1. */
export type Verdict = Accepted | { ok: false; sequence: number | null; line: number; reason: string };

/** What was read. Its members are unknown: they are compared, and used as something only after a check. */
type Members = { [name: string]: unknown };
type Checkpoint = Members & { sequence: number };
type Keys = ReadonlyMap<unknown, KeyObject>;
/** The line that has to follow an event: a proposal of that digest, or a receipt of that canonical text. */
type Companion = { kind: string; ticket: string; revision: number; content: unknown };
type Move = Members & { ticket: string; revision: number; sequence: number; at: string; data: Members };
type Review = { reviewer: Members; outcome: unknown; sequence: number; reviewedAt: string };
/** A ticket before its end, with the reviews of its revision that stand. Of one that has ended, the revision is kept. */
type Life = Members & { revision: number; required: number; pending: boolean; standing: Review[] };

const MAX_LINE_BYTES = 16 * 1024 * 1024;
const JWS = /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/;
const WHOLE = /^(\{.*\}|eyJ[\w.-]+)$/;
/** life moves a ticket; desk (who works on it, or not now) ends with it; anytime and watching do not. */
const EVENT_TYPES = Object.entries({
  life: "SUBMITTED RESUBMITTED WITHDRAWN EXPIRED REVIEWED RETRACTED DECIDED",
  desk: "CLAIMED RELEASED ASSIGNED SNOOZED UNSNOOZED",
  anytime: "COMMENTED DECISION_READ",
  watching: "NOTIFIED DELIVERY_FAILED ACCESS_DENIED",
  workspace: "API_KEY_CREATED API_KEY_REVOKED MEMBER_CHANGED SETTINGS_CHANGED SIGNED_IN LOGGED",
}).flatMap(([sort, types]) => types.split(" ").map((type) => [type, sort] as const));

class Rejection extends Error {
  /** Undefined where it is the one that the replay stands at. */
  sequence?: number | null | undefined;
}

function must(condition: boolean, reason: string, sequence?: number | null): asserts condition {
  if (!condition) throw Object.assign(new Rejection(reason), { sequence });
}

const sha256 = (text: string) => createHash("sha256").update(text, "utf8").digest("hex");
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;
const isObject = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isInstant = (value: unknown): value is string =>
  typeof value === "string" && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString() === value;

/** The value as an object with exactly these members, whose names are given in the order of sort(). */
function members(value: unknown, what: string, names: string): Members {
  const found = isObject(value) ? Object.keys(value).sort() : ["none"];
  const right = found.join(" ") === names && found.length === names.split(" ").length;
  must(isObject(value) && right, `${what} has to have the members ${names}, not ${found.join(" ")}`);
  return value;
}

/** RFC 8785 (JCS) text of what came from JSON. Throws on lone surrogates, infinities, more than 200 levels. */
export function canonicalText(value: unknown, depth = 0): string {
  must(depth <= 200, "JSON is nested deeper than 200 levels");
  must(typeof value !== "string" || !/\p{Surrogate}/u.test(value), "a text has a lone surrogate");
  must(typeof value !== "number" || Number.isFinite(value), "a number is beyond the range of a double");
  if (Array.isArray(value)) return `[${value.map((item) => canonicalText(item, depth + 1)).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  // sort() compares UTF-16 code units: the order of section 3.2.3.
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${canonicalText(name)}:${canonicalText(value[name], depth + 1)}`).join(",")}}`;
}

/** As JSON.stringify writes it, but for the payload, which is in its canonical form. */
const spliced = (value: Members, payload = `"payload":${canonicalText(value.payload)}`) =>
  JSON.stringify({ ...value, payload: 0 }).replace('"payload":0', () => payload);

/** The object that a text says, in plain form: doubled names or overlong numbers, which some read otherwise, are out. */
function parse(text: string, what: string): Members {
  try {
    const value: unknown = JSON.parse(text);
    const plain = JSON.stringify(value) === text || canonicalText(value) === text;
    if (isObject(value) && (plain || spliced(value) === text)) return value;
  } catch {
    // Not JSON, or nested beyond what can be read: it is said below.
  }
  throw new Rejection(`${what} is not an object in the plain form of JSON: it was cut off or altered`);
}

function publicKeys(jwks: readonly Jwk[]): Keys {
  const usable = jwks.filter(({ kty, crv, kid }) => kty === "OKP" && crv === "Ed25519" && kid !== undefined);
  if (usable.length === 0) throw new Error("there is no Ed25519 public key with a kid among the keys");
  // Only the public members are handed on, whatever else a file holds.
  const open = (x = "") => createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  return new Map(usable.map(({ kid, x }) => [kid, open(x)]));
}

/** The payload of a compact JWS (RFC 7515) of that type, signed with Ed25519 (RFC 8037) by one of the keys. */
function openJws(jws: unknown, sort: "checkpoint" | "receipt", keys: Keys): Members {
  must(typeof jws === "string" && JWS.test(jws), `the ${sort} is not a compact JWS`);
  const parts = jws.split(".").map((part) => Buffer.from(part, "base64url"));
  const again = parts.map((part) => part.toString("base64url")).join(".");
  // The unused bits of a last character could otherwise be altered unseen.
  must(again === jws, `the ${sort} is not plain base64url`);
  const [header, payload, signature = Buffer.alloc(0)] = parts;
  const { alg, kid, typ } = members(parse(`${header}`, "a JWS header"), "a JWS header", "alg kid typ");
  must(alg === "EdDSA", `the ${sort} has the algorithm ${alg}, not EdDSA`);
  must(typ === `countersign-${sort}+jws`, `the ${sort} has the type ${typ}`);
  const key = keys.get(kid);
  must(key !== undefined, `the ${sort} is signed by ${kid}, which is not among the keys`);
  const signed = Buffer.from(jws.slice(0, jws.lastIndexOf(".")), "ascii");
  must(verify(null, signed, key, signature), `the signature of the ${sort} is wrong`);
  return parse(`${payload}`, `the payload of the ${sort}`);
}

/** A checkpoint whose signature holds; what its line says openly beside the JWS has to be the same. */
function openCheckpoint({ kind: _, jws, ...said }: Members, keys: Keys): Checkpoint {
  const { v, ...claims } = openJws(jws, "checkpoint", keys);
  const { sequence, at } = members(claims, "the checkpoint", "at hash sequence workspace");
  must(v === 1 && isInstant(at) && (sequence === 0 || isCount(sequence)), "it is no checkpoint of version 1");
  const same = canonicalText({ ...claims, ...said }) === canonicalText(claims);
  must(same, "the checkpoint says something else than was signed");
  return { ...claims, sequence };
}

/** Follows an export line by line, and the life of each of its tickets by a small state machine of its own. */
class Replay {
  readonly tickets = new Map<unknown, Life | number>();
  readonly #kinds = new Map<unknown, unknown>();
  outside: Checkpoint | undefined;
  workspace = "";
  sequence = 0;
  hash = "";
  /** The first sequence that is not yet verified together with all that belongs to it. */
  suspect: number | null = null;
  closed = false;
  #at = "";
  /** What the next event has to say, where it and the one before are one act of one person. */
  #announced: Members | undefined;
  #due: Companion | undefined;

  constructor(readonly keys: Keys) {}

  take(line: string): void {
    must(!this.closed, "something follows the closing checkpoint", null);
    must(!/^\uFEFF|\r$/.test(line), "a byte order mark or CR LF: the file was converted on its way");
    const record = parse(line, "the line");
    if (this.workspace === "") this.#header(record);
    else if (this.#due !== undefined) this.#accompany(record, this.#due);
    else if (record.kind === "event") this.#event(record);
    else if (record.kind === "checkpoint") this.#close(record);
    else must(false, `no line of the kind ${JSON.stringify(record.kind)} belongs here`);
    this.suspect = this.#due === undefined ? this.sequence + 1 : this.sequence;
    // Without an outside checkpoint, what was just verified is held against itself.
    const { workspace, sequence, hash } = this.outside ?? this;
    must(workspace === this.workspace, "the outside checkpoint is of another workspace", null);
    const same = sequence !== this.sequence || hash === this.hash;
    must(same, `event ${sequence} is another than the outside checkpoint vouches for`, sequence || null);
  }

  #header(record: Members): void {
    must(record.kind === "header", "the export does not begin with its header");
    const header = members(record, "the header", "exportedAt fromSequence kind v workspace");
    const { v, workspace, fromSequence, exportedAt } = header;
    const { id } = members(workspace, "the header's workspace", "id name");
    must(v === 1 && fromSequence === 1 && isInstant(exportedAt) && typeof id === "string", "a wrong header");
    this.workspace = id;
    this.hash = sha256(`countersign:ledger:v1:${id}`);
  }

  #event(record: Members): void {
    const { previousHash, hash, body } = members(record, "an event", "body hash kind previousHash sequence");
    const sequence = this.sequence + 1;
    must(record.sequence === sequence, `event ${record.sequence} stands where event ${sequence} has to be`);
    must(previousHash === this.hash, "previousHash is not the hash of the event before");
    must(typeof body === "string", "the body is not a text");
    const computed = sha256(`${this.hash}\n${body}`);
    must(hash === computed, "the hash is not that of the hash before and the body");
    const event = parse(body, "the body");
    members(event, "the body", "actor at data revision sequence ticket type v workspace");
    must(canonicalText(event) === body, "the body is not in its RFC 8785 form");
    const { v, workspace, at, data } = event;
    must(workspace === this.workspace, "the body belongs to another workspace");
    must(event.sequence === sequence, "the body has another sequence");
    must(v === 1 && isInstant(at) && isObject(data), "the body is not of version 1");
    must(at >= this.#at, "the event is earlier than the one before");
    const { id, kind } = members(event.actor, "the actor", "id kind name");
    const known = /^(AGENT|HUMAN|SYSTEM)$/.test(`${kind}`) && (this.#kinds.get(id) ?? kind) === kind;
    must(known, `the actor ${id} was not ${kind} before, or nobody can be that`);
    this.#kinds.set(id, kind);
    this.#due = this.#apply(event, sequence, at, data);
    [this.sequence, this.hash, this.#at] = [sequence, computed, at];
  }

  #apply(event: Members, sequence: number, at: string, data: Members): Companion | undefined {
    const { type, ticket, revision } = event;
    const announced = this.#announced;
    this.#announced = undefined;
    for (const [name, value] of Object.entries(announced ?? {})) {
      const same = canonicalText({ ...data, ...event }[name] ?? null) === canonicalText(value);
      must(same, `${announced?.type} of ${announced?.ticket} has to be here; this event has another ${name}`);
    }
    const sort = EVENT_TYPES.find(([name]) => name === type)?.[1];
    must(sort !== undefined, `there is no type of event ${type}`);
    if (sort === "workspace" || (sort === "watching" && ticket === null)) {
      must(ticket === null && revision === null, `${type} is not about a ticket`);
      return undefined;
    }
    // Somebody may have been refused a ticket that there never was.
    if (type === "ACCESS_DENIED") return undefined;
    const life = this.tickets.get(ticket);
    if (type === "SUBMITTED") {
      const { digest, approvalsRequired: required, expiresAt, onBehalfOf: behind = null } = data;
      must(typeof ticket === "string" && life === undefined && revision === 1, "SUBMITTED of no new ticket");
      must(isCount(required), "SUBMITTED without the number of approvals required");
      const { id } = members(event.actor, "the actor", "id kind name");
      const origin = { submitter: id, author: id, behind, expiresAt, digest };
      this.tickets.set(ticket, { ...origin, revision, required, pending: true, standing: [] });
      return { kind: "proposal", ticket, revision, content: digest };
    }
    must(typeof ticket === "string" && life !== undefined, `${type} of ${ticket}, which was never submitted`);
    const current = typeof life === "number" ? life : life.revision;
    if (sort === "anytime" || sort === "watching") {
      must(revision === null || (isCount(revision) && revision <= current), "there is no such revision yet");
      return undefined;
    }
    must(typeof life !== "number", `${type} after the end of ${ticket}`);
    const next = type === "RESUBMITTED" ? current + 1 : current;
    must(revision === next, `${type} of revision ${revision} where it has to be ${next}`);
    if (sort === "desk") return undefined;
    must(life.pending || type === "RESUBMITTED", `${type} while ${ticket} is not pending`);
    const move = { ...event, ticket, revision: next, sequence, at, data };
    return this.#move(move, life, announced !== undefined);
  }

  #move(event: Move, life: Life, announced: boolean): Companion | undefined {
    const { type, ticket, revision, sequence, at, actor, data } = event;
    const { id, kind, name } = members(actor, "the actor", "id kind name");
    const { digest, amendment, outcome, status, reviews, comments = null, expiresAt } = data;
    const own = life.standing.find(({ reviewer }) => reviewer.id === id);
    if (type === "RESUBMITTED") {
      const amends = amendment === true && life.pending && kind === "HUMAN" && id !== life.author;
      must(amends || (amendment === false && id === life.submitter), "RESUBMITTED by somebody who may not");
      must(data.previousRevision === life.revision, "RESUBMITTED after another revision");
      if (amends) this.#announced = { type: "REVIEWED", ticket, actor, amendment, outcome: "APPROVED" };
      const next = { revision, digest, author: id, behind: data.onBehalfOf ?? life.behind };
      this.tickets.set(ticket, { ...life, ...next, pending: true, standing: [] });
      return { kind: "proposal", ticket, revision, content: digest };
    }
    if (type === "REVIEWED") {
      must(kind === "HUMAN", `REVIEWED by ${kind}: only a human's word counts`);
      must(amendment === announced, "REVIEWED as an amendment without one, or the reverse");
      const kin = [life.submitter, life.behind, announced ? undefined : life.author];
      must(!kin.includes(id), "REVIEWED by who submitted the revision");
      must(digest === life.digest, "REVIEWED with another digest than the revision's");
      must(own === undefined, "REVIEWED twice by the same reviewer");
      must(/^(APPROVED|REJECTED|NEEDS_CHANGES)$/.test(`${outcome}`), `REVIEWED with the outcome ${outcome}`);
      life.standing.push({ reviewer: { id, name }, outcome, sequence, reviewedAt: at });
      if (outcome === "APPROVED" && life.standing.length < life.required) return undefined;
      const decision = { status: outcome, digest, comments, reviews: life.standing };
      this.#announced = { type: "DECIDED", ticket, actor, ...decision };
    } else if (type === "DECIDED") {
      must(announced, `DECIDED with ${life.standing.length} of ${life.required} approvals`);
      const open = { ...life, pending: false, standing: [] };
      this.tickets.set(ticket, status === "NEEDS_CHANGES" ? open : revision);
      const place = { v: 1, iss: "countersign", workspace: this.workspace, ticket, revision, sequence };
      const content = canonicalText({ ...place, digest, status, decidedAt: at, reviews });
      return { kind: "receipt", ticket, revision, content };
    } else if (type === "RETRACTED") {
      must(own !== undefined && own.sequence === data.reviewSequence, "RETRACTED of no approval that stands");
      life.standing = life.standing.filter((review) => review !== own);
    } else {
      const due = isInstant(expiresAt) && expiresAt === life.expiresAt && at >= expiresAt;
      must(type === "WITHDRAWN" || (kind === "SYSTEM" && due), `EXPIRED by ${kind}, or not by its deadline`);
      must(type === "EXPIRED" || id === life.submitter, "WITHDRAWN by another than the submitter");
      this.tickets.set(ticket, revision);
    }
    return undefined;
  }

  #accompany(record: Members, { kind, ticket, revision, content }: Companion): void {
    must(record.kind === kind, `event ${this.sequence} is not followed by its ${kind}`);
    const { title, detail, payload, digest } = record;
    const text = "detail digest kind payload revision ticket title";
    members(record, `the ${kind}`, kind === "receipt" ? "jws kind revision ticket" : text);
    must(record.ticket === ticket && record.revision === revision, `the ${kind} is of another revision`);
    const proposed = () => `sha256:${sha256(canonicalText({ title, detail, payload }))}`;
    const said = kind === "receipt" ? canonicalText(openJws(record.jws, "receipt", this.keys)) : proposed();
    must(said === content, `the ${kind} is not what the event says of it`);
    must(kind === "receipt" || digest === content, "the proposal's line has another digest than its text");
    this.#due = undefined;
  }

  #close(record: Members): void {
    const { type, ticket } = this.#announced ?? {};
    must(type === undefined, `${type} of ${ticket} is missing`);
    // Up to here no event is to blame.
    this.suspect = null;
    members(record, "the closing checkpoint", "at hash jws kind sequence workspace");
    const { workspace, sequence, hash } = openCheckpoint(record, this.keys);
    must(workspace === this.workspace, "the closing checkpoint is of another workspace");
    const furthest = Math.max(sequence, this.outside?.sequence ?? 0);
    must(furthest <= this.sequence, `the tail is cut off: ${furthest} was signed`, this.sequence + 1);
    must(sequence === this.sequence, `the closing checkpoint was signed at ${sequence}`, sequence + 1);
    must(hash === this.hash, "the closing checkpoint vouches for another event", sequence || null);
    this.closed = true;
  }
}

/** Verifies an export line by line. Throws where there is no usable key, and whatever reading the lines throws. */
export async function verifyExport(lines: AsyncIterable<string>, options: VerifyOptions): Promise<Verdict> {
  const replay = new Replay(publicKeys(options.keys));
  let line = 1;
  try {
    const { checkpoint = "" } = options;
    const kept = JWS.test(checkpoint) ? `{"jws":"${checkpoint}"}` : checkpoint;
    if (kept !== "") replay.outside = openCheckpoint(parse(kept, "the outside checkpoint"), replay.keys);
    for await (const text of lines) {
      replay.take(text);
      line += 1;
    }
    must(line > 1, "the export is empty");
    must(replay.closed, "the export is cut off: its closing checkpoint is missing");
    const { workspace, sequence: events, hash: lastHash, tickets, outside } = replay;
    const reached = { lastSequence: events, lastHash, checkpointSequence: outside?.sequence ?? null };
    return { ok: true, workspace, events, tickets: tickets.size, ...reached };
  } catch (error) {
    // A TypeError: something stands where a text has to, and cannot even be shown as one.
    if (!(error instanceof Rejection || error instanceof TypeError)) throw error;
    const { sequence = replay.suspect } = error instanceof Rejection ? error : {};
    return { ok: false, sequence, line, reason: error.message };
  }
}

/** The lines of a file, without their line feeds; verifyExport rejects what is not UTF-8 or beyond 16 MiB. */
export async function* readLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decode = (line: Buffer) => {
    must(line.length <= MAX_LINE_BYTES, "the line is longer than 16 MiB");
    must(isUtf8(line), "the line is not UTF-8");
    return line.toString("utf8");
  };
  let rest = Buffer.alloc(0);
  for await (const chunk of bytes) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      yield decode(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
    }
    if (rest.length > MAX_LINE_BYTES) break;
  }
  if (rest.length > 0) yield decode(rest);
}

const TEXT = { type: "string" } as const;
const OPTIONS = { keys: TEXT, checkpoint: TEXT, json: { type: "boolean" } } as const;

/** The last whole line of a checkpoint file (a crash may have torn the very last), or the argument where it is one. */
async function lastCheckpoint(path: string): Promise<string> {
  if (WHOLE.test(path)) return path;
  let last = "";
  for await (const line of readLines(createReadStream(path))) if (WHOLE.test(line)) last = line;
  if (last === "") throw new Error(`there is no checkpoint in ${path}`);
  return last;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const [path = "", ...more] = positionals;
  if (path === "" || more.length > 0 || !values.keys)
    throw new Error("usage: EXPORT.jsonl|- --keys jwks.json [--checkpoint FILE-OR-LAST-LINE] [--json]");
  const { keys = [] } = JSON.parse(readFileSync(values.keys, "utf8")) as { keys?: Jwk[] };
  const checkpoint = values.checkpoint && (await lastCheckpoint(values.checkpoint));
  const bytes = path === "-" ? process.stdin : createReadStream(path);
  const verdict = await verifyExport(readLines(bytes), { keys, checkpoint });
  const words = `${verdict.ok ? "accepted" : "rejected"}: ${JSON.stringify(verdict).slice(1, -1)}`;
  console.log(values.json ? JSON.stringify(verdict) : words);
  return verdict.ok ? 0 : 1;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await main().catch((error: unknown) => {
    console.error(`verify-export: ${error instanceof Error ? error.message : error}`);
    return 2;
  });
}
