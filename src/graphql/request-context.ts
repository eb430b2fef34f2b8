import DataLoader from "dataloader";
import { DomainError } from "../domain/domain-error.js";
import type { Actor, PrincipalRef } from "../domain/principal.js";
import type { Credential } from "../identity/credential.js";
import type { Manager } from "../identity/managed-change.js";
import type { AuditVerifier } from "../ledger/audit-verifier.js";
import type { DenialRecorder } from "../ledger/denial-recorder.js";
import type { Ledger } from "../ledger/ledger.js";
import type { Push } from "../ledger/push.js";
import type { ReadRecorder } from "../ledger/read-recorder.js";
import type { Telling } from "../notify/channels.js";
import { findComments } from "../persistence/event-listing.js";
import type { Holder } from "../persistence/principal-queries.js";
import { findPrincipalRefs } from "../persistence/principal-refs.js";
import type { DecisionRow, EventRow, ProposalRow, ReviewRow, StoredTicket } from "../persistence/rows.js";
import { findSnoozesOf, type SnoozeRow } from "../persistence/snooze-queries.js";
import type { Sql } from "../persistence/sql.js";
import {
  findAllProposals,
  findDecisions,
  findProposals,
  findReviews,
  findVisibleTickets,
} from "../persistence/ticket-queries.js";
import type { Presence } from "../presence/presence.js";

/** A position in a ledger, with its hash. */
export interface LedgerHead {
  readonly sequence: number;
  readonly hash: string;
}

/** What the resolvers work with: the same for every request. */
export interface GraphqlServices {
  readonly ledger: Ledger;
  readonly push: Push;
  readonly presence: Presence;
  /** Committed rows. */
  readonly read: Sql;
  readonly reads: ReadRecorder;
  readonly denials: DenialRecorder;
  readonly verifier: AuditVerifier;
  readonly telling: Telling;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Where a browser uses a sign-in link up; contains the secret. */
  signInUrl(link: string): string;
  /** Whether this server sends mail. */
  readonly mailConfigured: boolean;
  /** Releases what is in the hands of a member who cannot review it any more; where that fails, a timer does it. */
  releaseHolds(holder: Holder): Promise<void>;
  /** The head of a workspace's ledger; never later than what a read that begins afterwards sees. */
  head(workspaceId: string): Promise<LedgerHead>;
}

/** What one operation runs with. */
export interface RequestContext {
  readonly requestId: string;
  /** Who asks, as the credential says; null without one. */
  readonly actor: Actor | null;
  /** What says so; null without one. */
  readonly credential: Credential | null;
  readonly services: GraphqlServices;
  /** Replaced whenever what they remember may have become old: take them from here each time. */
  loaders: Loaders;
  /** The ledger's head from before anything was read; see {@link headBeforeReading}. */
  head?: Promise<LedgerHead>;
}

/** One revision of one ticket. */
export interface RevisionKey {
  readonly ticketId: string;
  readonly revision: number;
}

/** Rows by key, asked for together and remembered. Only `tickets` checks who may see them: ask it first. */
export interface Loaders {
  /** Undefined where there is none that the actor may see. */
  readonly tickets: DataLoader<string, StoredTicket | undefined>;
  readonly proposals: DataLoader<RevisionKey, ProposalRow | undefined, string>;
  /** Every revision of a ticket, oldest first. */
  readonly allProposals: DataLoader<string, readonly ProposalRow[]>;
  /** Every review of every revision of a ticket, oldest first. */
  readonly reviews: DataLoader<string, readonly ReviewRow[]>;
  /** How a revision was settled; undefined where it was not. */
  readonly decisions: DataLoader<RevisionKey, DecisionRow | undefined, string>;
  /** The COMMENTED events of a ticket, oldest first. */
  readonly comments: DataLoader<string, readonly EventRow[]>;
  /** What the actor has put aside, whether or not it still sleeps. */
  readonly snoozes: DataLoader<string, SnoozeRow | undefined>;
  /** Principals of the actor's workspace. */
  readonly principals: DataLoader<string, PrincipalRef | undefined>;
}

/** Keys per statement: far below what either database takes as placeholders. */
const BATCH = { maxBatchSize: 500 } as const;

const BY_REVISION = { ...BATCH, cacheKeyFn: textOf };

/** Fresh loaders; without an actor they find no tickets and no principals. */
export function createLoaders(read: Sql, actor: Actor | null): Loaders {
  return new LazyLoaders(read, actor);
}

/** Makes each loader when it is first asked for: most operations need one or two, and a waiting subscription none. */
class LazyLoaders implements Loaders {
  #tickets: Loaders["tickets"] | undefined;
  #proposals: Loaders["proposals"] | undefined;
  #decisions: Loaders["decisions"] | undefined;
  #allProposals: Loaders["allProposals"] | undefined;
  #reviews: Loaders["reviews"] | undefined;
  #comments: Loaders["comments"] | undefined;
  #snoozes: Loaders["snoozes"] | undefined;
  #principals: Loaders["principals"] | undefined;

  constructor(
    private readonly read: Sql,
    private readonly actor: Actor | null,
  ) {}

  get tickets(): Loaders["tickets"] {
    this.#tickets ??= new DataLoader(async (ids) => {
      const found =
        this.actor === null
          ? new Map<string, StoredTicket>()
          : await findVisibleTickets(this.read, this.actor, ids);
      return ids.map((id) => found.get(id));
    }, BATCH);
    return this.#tickets;
  }

  get proposals(): Loaders["proposals"] {
    this.#proposals ??= new DataLoader(
      async (keys) => byRevision(keys, await findProposals(this.read, keys)),
      BY_REVISION,
    );
    return this.#proposals;
  }

  get decisions(): Loaders["decisions"] {
    this.#decisions ??= new DataLoader(
      async (keys) => byRevision(keys, await findDecisions(this.read, keys)),
      BY_REVISION,
    );
    return this.#decisions;
  }

  get allProposals(): Loaders["allProposals"] {
    this.#allProposals ??= new DataLoader(
      async (ids) => grouped(ids, await findAllProposals(this.read, ids)),
      BATCH,
    );
    return this.#allProposals;
  }

  get reviews(): Loaders["reviews"] {
    this.#reviews ??= new DataLoader(async (ids) => grouped(ids, await findReviews(this.read, ids)), BATCH);
    return this.#reviews;
  }

  get comments(): Loaders["comments"] {
    this.#comments ??= new DataLoader(async (ids) => grouped(ids, await findComments(this.read, ids)), BATCH);
    return this.#comments;
  }

  get snoozes(): Loaders["snoozes"] {
    this.#snoozes ??= new DataLoader(async (ids) => {
      const rows = this.actor === null ? [] : await findSnoozesOf(this.read, this.actor, ids);
      const found = new Map(rows.map((row) => [row.ticket_id, row]));
      return ids.map((id) => found.get(id));
    }, BATCH);
    return this.#snoozes;
  }

  get principals(): Loaders["principals"] {
    this.#principals ??= new DataLoader(async (ids) => {
      const found =
        this.actor === null
          ? new Map<string, PrincipalRef>()
          : await findPrincipalRefs(this.read, this.actor.workspaceId, ids);
      return ids.map((id) => found.get(id));
    }, BATCH);
    return this.#principals;
  }
}

function byRevision<Row extends { readonly ticket_id: string; readonly revision: number }>(
  keys: readonly RevisionKey[],
  rows: readonly Row[],
): (Row | undefined)[] {
  const found = new Map(rows.map((row) => [rowKey(row), row]));
  return keys.map((key) => found.get(textOf(key)));
}

function textOf({ ticketId, revision }: RevisionKey): string {
  return `${ticketId} ${revision}`;
}

function rowKey(row: { readonly ticket_id: string; readonly revision: number }): string {
  return textOf({ ticketId: row.ticket_id, revision: row.revision });
}

function grouped<Row extends { readonly ticket_id: string | null }>(
  ids: readonly string[],
  rows: readonly Row[],
): Row[][] {
  const byTicket = new Map<string | null, Row[]>(ids.map((id) => [id, []]));
  for (const row of rows) byTicket.get(row.ticket_id)?.push(row);
  return ids.map((id) => byTicket.get(id) ?? []);
}

/** Makes the context forget what it has read: after a change, and before each pushed event. */
export function forgetReads(context: RequestContext): Loaders {
  context.loaders = createLoaders(context.services.read, context.actor);
  return context.loaders;
}

/**
 * Who asks.
 * @throws DomainError UNAUTHENTICATED where nobody is known to
 */
export function actorOf(context: RequestContext): Actor {
  if (context.actor === null) {
    throw new DomainError(
      "UNAUTHENTICATED",
      "This needs a credential: send `Authorization: Bearer <API key or token>`.",
    );
  }
  return context.actor;
}

/** Who asks, as whoever changes how their workspace is set up. */
export function managerOf(context: RequestContext): Manager {
  const actor = actorOf(context);
  return { workspaceId: actor.workspaceId, actor, credential: context.credential ?? undefined };
}

/**
 * The ledger's head as it was when this was first asked in the operation. What is read afterwards is no older, so that
 * following from it misses nothing.
 */
export function headBeforeReading(context: RequestContext): Promise<LedgerHead> {
  context.head ??= context.services.head(actorOf(context).workspaceId);
  return context.head;
}
