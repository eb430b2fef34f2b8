import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import canonicalize from "canonicalize";

/** A key pair that signs as the server does, and as it never would. */
export interface Signer {
  readonly kid: string;
  readonly jwk: { kty: "OKP"; crv: "Ed25519"; x: string; kid: string };
  /** A compact JWS; `header` replaces members of the right header. */
  sign(typ: string, payload: unknown, header?: Record<string, unknown>): string;
}

export interface Person {
  readonly id: string;
  readonly kind: "AGENT" | "HUMAN" | "SYSTEM";
  readonly name: string;
}

/** A proposal as it stands in an export line. */
export interface ProposedText {
  title: string;
  detail: string | null;
  payload: Record<string, unknown> | null;
}

type Outcome = "APPROVED" | "REJECTED" | "NEEDS_CHANGES";
type Data = Record<string, unknown>;

interface Ticket {
  revision: number;
  digest: string;
  required: number;
  standing: {
    reviewer: { id: string; name: string };
    outcome: Outcome;
    sequence: number;
    reviewedAt: string;
  }[];
}

export const people = {
  agent: { id: "principal_agent", kind: "AGENT", name: "Agent" },
  first: { id: "principal_first", kind: "HUMAN", name: "First reviewer" },
  second: { id: "principal_second", kind: "HUMAN", name: "Second reviewer, ünïcode 🔏" },
  third: { id: "principal_third", kind: "HUMAN", name: "Third reviewer" },
  timer: { id: "principal_timer", kind: "SYSTEM", name: "Timer" },
} as const satisfies Record<string, Person>;

export const CHECKPOINT_TYPE = "countersign-checkpoint+jws";
export const RECEIPT_TYPE = "countersign-receipt+jws";

export function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

export function canonical(value: unknown): string {
  return canonicalize(value) as string;
}

export function digestOf({ title, detail, payload }: ProposedText): string {
  return `sha256:${sha256(canonical({ title, detail, payload }))}`;
}

export function createSigner(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const { x = "" } = publicKey.export({ format: "jwk" });
  const thumbprint = canonical({ crv: "Ed25519", kty: "OKP", x });
  const kid = createHash("sha256").update(thumbprint).digest("base64url");
  return { kid, jwk: { kty: "OKP", crv: "Ed25519", x, kid }, sign: signing(privateKey, kid) };
}

function signing(key: KeyObject, kid: string): Signer["sign"] {
  return (typ, payload, header = {}) => {
    const parts = [{ alg: "EdDSA", kid, typ, ...header }, payload];
    const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    return `${signed}.${sign(null, Buffer.from(signed), key).toString("base64url")}`;
  };
}

/**
 * Writes exports as the server does. The methods named after what people do keep the rules and write all lines that
 * belong to it; `event`, `proposal`, `receipt` and `decide` write whatever they are told, correctly chained.
 */
export class ExportBuilder {
  readonly lines: string[] = [];
  readonly workspace: string;
  readonly signer: Signer;
  sequence = 0;
  hash: string;
  /** Milliseconds since the epoch; a second passes per event. */
  time = Date.parse("2026-11-23T05:00:00.000Z");
  readonly #tickets = new Map<string, Ticket>();

  constructor(signer: Signer, workspace = "workspace_main") {
    this.signer = signer;
    this.workspace = workspace;
    this.hash = sha256(`countersign:ledger:v1:${workspace}`);
    const header = { id: workspace, name: "The workspace" };
    this.#line({ kind: "header", v: 1, workspace: header, exportedAt: this.at, fromSequence: 1 });
  }

  get at(): string {
    return new Date(this.time).toISOString();
  }

  /** The lines so far, which are forgotten: for exports that memory shall not hold. */
  drain(): string[] {
    return this.lines.splice(0);
  }

  event(
    type: string,
    actor: Person,
    ticket: string | null = null,
    revision: number | null = null,
    data: Data = {},
  ): number {
    this.time += 1000;
    this.sequence += 1;
    const place = { v: 1, workspace: this.workspace, sequence: this.sequence };
    const body = canonical({ ...place, type, ticket, revision, actor, at: this.at, data });
    const previousHash = this.hash;
    this.hash = sha256(`${previousHash}\n${body}`);
    this.#line({ kind: "event", sequence: this.sequence, previousHash, hash: this.hash, body });
    return this.sequence;
  }

  submit(id: string, actor: Person, proposal: ProposedText, data: Data = {}): void {
    const digest = digestOf(proposal);
    const { approvalsRequired = 1 } = data as { approvalsRequired?: number };
    this.#tickets.set(id, { revision: 1, digest, required: approvalsRequired, standing: [] });
    const all = {
      queue: "default",
      priority: "NORMAL",
      approvalsRequired,
      dueAt: null,
      expiresAt: null,
      digest,
    };
    this.event("SUBMITTED", actor, id, 1, { ...all, ...data });
    this.proposal(id, proposal);
  }

  resubmit(id: string, actor: Person, proposal: ProposedText, data: Data = {}): void {
    const ticket = this.#ticket(id);
    const digest = digestOf(proposal);
    const previousRevision = ticket.revision;
    Object.assign(ticket, { revision: previousRevision + 1, digest, standing: [] });
    const all = { digest, previousRevision, amendment: false, ...data };
    this.event("RESUBMITTED", actor, id, ticket.revision, all);
    this.proposal(id, proposal);
  }

  /** A review, and the decision where it settles the revision; `data` replaces what REVIEWED says. */
  review(id: string, actor: Person, outcome: Outcome, comments: string | null = null, data: Data = {}): void {
    const ticket = this.#ticket(id);
    const all = { outcome, comments, digest: ticket.digest, amendment: false, ...data };
    const sequence = this.event("REVIEWED", actor, id, ticket.revision, all);
    ticket.standing.push({
      reviewer: { id: actor.id, name: actor.name },
      outcome,
      sequence,
      reviewedAt: this.at,
    });
    if (outcome === "APPROVED" && ticket.standing.length < ticket.required) return;
    this.decide(id, actor, outcome, { comments });
  }

  amend(id: string, actor: Person, proposal: ProposedText): void {
    this.resubmit(id, actor, proposal, { amendment: true });
    this.review(id, actor, "APPROVED", null, { amendment: true });
  }

  retract(id: string, actor: Person): void {
    const ticket = this.#ticket(id);
    const own = ticket.standing.find(({ reviewer }) => reviewer.id === actor.id);
    ticket.standing = ticket.standing.filter((review) => review !== own);
    this.event("RETRACTED", actor, id, ticket.revision, { reviewSequence: own?.sequence ?? null });
  }

  /** DECIDED and its receipt; `data` replaces what DECIDED says, `receipt` what the receipt's payload says. */
  decide(id: string, actor: Person, status: Outcome, data: Data = {}, receipt: Data = {}): void {
    const { revision, digest, standing } = this.#ticket(id);
    const said = { status, digest, comments: null, reviews: [...standing], ...data };
    const sequence = this.event("DECIDED", actor, id, revision, said);
    const place = { v: 1, iss: "countersign", workspace: this.workspace, ticket: id, revision, sequence };
    const { comments: _, ...settled } = said;
    const payload = { ...place, ...settled, decidedAt: this.at, ...receipt };
    this.receipt(id, this.signer.sign(RECEIPT_TYPE, payload));
  }

  proposal(id: string, { title, detail, payload }: ProposedText, digest = this.#ticket(id).digest): void {
    const { revision } = this.#ticket(id);
    this.#line({ kind: "proposal", ticket: id, revision, title, detail, payload, digest });
  }

  receipt(id: string, jws: string): void {
    this.#line({ kind: "receipt", ticket: id, revision: this.#ticket(id).revision, jws });
  }

  /** A checkpoint of where the ledger ends now, as a line of a checkpoint file. */
  checkpoint(signer = this.signer): string {
    const claims = { workspace: this.workspace, sequence: this.sequence, hash: this.hash, at: this.at };
    return JSON.stringify({ ...claims, jws: signer.sign(CHECKPOINT_TYPE, { v: 1, ...claims }) });
  }

  /** The closing line; gives all lines. */
  close(signer = this.signer): string[] {
    this.#line({ kind: "checkpoint", ...JSON.parse(this.checkpoint(signer)) });
    return this.lines;
  }

  /** Facts of a ticket, for what a test writes itself. */
  ticket(id: string): Readonly<Ticket> {
    return this.#ticket(id);
  }

  #line(record: Data): void {
    this.lines.push(JSON.stringify(record));
  }

  #ticket(id: string): Ticket {
    const ticket = this.#tickets.get(id);
    if (ticket === undefined) throw new Error(`the builder knows no ${id}`);
    return ticket;
  }
}
