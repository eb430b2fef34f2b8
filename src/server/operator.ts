import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { notFound } from "../domain/domain-error.js";
import type { PrincipalKind, Role } from "../domain/principal.js";

export type { CreatedKey, KeyInfo, RotatedKey } from "../identity/keys.js";
export type { Member } from "../identity/members.js";
export type { Endpoint } from "../notify/endpoints.js";

import {
  type CreatedKey,
  createKey,
  createPrincipalWithKey,
  type KeyInfo,
  listKeys,
  type RotatedKey,
  revokeKey,
  rotateKey,
} from "../identity/keys.js";
import { changeMember, inviteMember, listMembers, type Member, removeMember } from "../identity/members.js";
import { changeQueue, createQueue, listQueues, type Queue } from "../identity/queues.js";
import {
  createWorkspace,
  findWorkspaceByName,
  listWorkspaces,
  systemActor,
  type Workspace,
} from "../identity/workspaces.js";
import { exportLedger } from "../ledger/audit-export.js";
import { ownCheckpoints } from "../ledger/audit-verifier.js";
import { type Progress, verifyLedger } from "../ledger/audit-verify.js";
import type { Verdict } from "../ledger/audit-verify-findings.js";
import { withSnapshot } from "../ledger/audit-verify-snapshot.js";
import { openCheckpointText, type ReadCheckpoint, readCheckpoints } from "../ledger/checkpoint.js";
import { releaseOrphanedHolds } from "../ledger/orphaned-holds.js";
import type { Telling } from "../notify/channels.js";
import { replayDeadLetters } from "../notify/dead-letters.js";
import { type QueueNotice, setQueueNotice } from "../notify/deadlines/queue-notice.js";
import {
  changeEndpoint,
  createEndpoint,
  type Endpoint,
  type EndpointWithSecret,
  listEndpoints,
  type NewEndpoint,
  removeEndpoint,
  rotateEndpointSecret,
} from "../notify/endpoints.js";
import { type TestResult, testEndpoint } from "../notify/test-endpoint.js";
import { type DeadLetterChoice, type DeliveryRow, listDeadLetters } from "../persistence/delivery-queries.js";
import { signInUrl } from "./addresses.js";
import { createLog } from "./log.js";
import { checkpointsDir, type OperatorServices, openOperatorServices } from "./services.js";
import { readSettings, type Settings } from "./settings.js";
import { openHttpWays } from "./telling.js";

/** Whom a new key is for. */
export interface KeyRequest {
  readonly name: string;
  readonly kind: Exclude<PrincipalKind, "SYSTEM">;
  readonly roles: readonly Role[];
  /** Null means every queue. */
  readonly queues: readonly string[] | null;
  /** Milliseconds since the epoch; null for never. */
  readonly expiresAt: number | null;
  /** The name, unless told. */
  readonly label?: string | undefined;
  /** The human behind an agent's key. */
  readonly onBehalfOf?: string | undefined;
}

/** A further key for somebody who has one. */
export type FurtherKeyRequest = Pick<KeyRequest, "expiresAt" | "label" | "onBehalfOf"> & {
  readonly principalId: string;
};

/** A key that is to be replaced. */
export interface RotationRequest {
  readonly keyId: string;
  readonly overlapMinutes: number;
  readonly expiresAt: number | null;
}

/** Who a member is to be; what is undefined is left as it is. */
export interface MemberRequest {
  readonly name?: string | undefined;
  readonly roles?: readonly Role[] | undefined;
  /** Null means every queue. */
  readonly queues?: readonly string[] | null | undefined;
}

/** Somebody invited, with the way in, which is shown this once. */
export interface InvitedMember {
  readonly member: Member;
  readonly signInUrl: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Where events are to be told. */
export type EndpointRequest = Pick<NewEndpoint, "channel" | "name" | "url" | "queues" | "types">;

const PAGE = 500;

/** Where `audit verify` takes what was kept outside the database from. */
export interface VerifyRequest {
  /** A file of checkpoints, or a single one as text; where absent, the files in DATA_DIR. */
  readonly checkpoint?: string | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * What whoever runs the installation may do, working on the database itself: for the command line. What it changes goes
 * on the record in the name of Countersign.
 */
export class Operator {
  private constructor(
    private readonly settings: Settings,
    private readonly services: OperatorServices,
  ) {}

  /** @throws SettingsError, SchemaError, or the database's error */
  static async open(
    env: Readonly<Record<string, string | undefined>>,
    purpose: "work" | "inspect" = "work",
    overrides: Partial<Settings> = {},
  ): Promise<Operator> {
    const settings = { ...readSettings(env), ...overrides };
    // What a command says is its own business; only what went wrong is logged.
    const log = createLog(settings.logLevel === "info" ? "warn" : settings.logLevel);
    return new Operator(settings, await openOperatorServices(settings, log, purpose));
  }

  listWorkspaces(): Promise<Workspace[]> {
    return listWorkspaces(this.services.database.read);
  }

  createWorkspace(name: string): Promise<Workspace> {
    return createWorkspace(this.services.database, name);
  }

  async listQueues(workspace: string): Promise<Queue[]> {
    return listQueues(this.services.database.read, await this.#workspaceId(workspace));
  }

  async createQueue(workspace: string, name: string, minimumApprovals: number): Promise<Queue> {
    return createQueue(this.services.ledger, { ...(await this.#scope(workspace)), name, minimumApprovals });
  }

  async changeQueue(workspace: string, name: string, minimumApprovals: number): Promise<Queue> {
    return changeQueue(this.services.ledger, { ...(await this.#scope(workspace)), name, minimumApprovals });
  }

  /** Says what a queue does about due times. */
  async setQueueNotice(workspace: string, notice: QueueNotice): Promise<QueueNotice> {
    return setQueueNotice(this.services.ledger, await this.#scope(workspace), notice);
  }

  async listKeys(workspace: string): Promise<KeyInfo[]> {
    return listKeys(this.services.database.read, await this.#workspaceId(workspace));
  }

  /** A key for somebody new. */
  async createKey(workspace: string, request: KeyRequest): Promise<CreatedKey> {
    return createPrincipalWithKey(this.services.ledger, { ...(await this.#scope(workspace)), ...request });
  }

  /** A further key for somebody who has one. */
  async createFurtherKey(workspace: string, request: FurtherKeyRequest): Promise<CreatedKey> {
    return createKey(this.services.ledger, { ...(await this.#scope(workspace)), ...request });
  }

  /** A key in another's place, with an overlap in which both work. */
  async rotateKey(workspace: string, request: RotationRequest): Promise<RotatedKey> {
    return rotateKey(this.services.ledger, { ...(await this.#scope(workspace)), ...request });
  }

  async revokeKey(workspace: string, keyId: string): Promise<KeyInfo> {
    return revokeKey(this.services.ledger, { ...(await this.#scope(workspace)), keyId });
  }

  /** Somebody new, or another sign-in link for a member. */
  async inviteMember(workspace: string, email: string, request: MemberRequest): Promise<InvitedMember> {
    const scope = await this.#scope(workspace);
    const { member, link } = await inviteMember(this.services.ledger, { ...scope, email, ...request });
    const { settings } = this;
    return {
      member,
      signInUrl: signInUrl(settings, settings.port, link.text),
      expiresAt: link.expiresAt,
    };
  }

  async listMembers(workspace: string, removed: boolean): Promise<Member[]> {
    return listMembers(this.services.database.read, await this.#workspaceId(workspace), removed);
  }

  async changeMember(workspace: string, principalId: string, request: MemberRequest): Promise<Member> {
    const change = { ...(await this.#scope(workspace)), principalId, ...request };
    const member = await changeMember(this.services.ledger, change);
    await releaseOrphanedHolds(this.services, change);
    return member;
  }

  async removeMember(workspace: string, principalId: string): Promise<Member> {
    const named = { ...(await this.#scope(workspace)), principalId };
    const member = await removeMember(this.services.ledger, named);
    await releaseOrphanedHolds(this.services, named);
    return member;
  }

  async listEndpoints(workspace: string): Promise<(Endpoint & { readonly deadLetters: number })[]> {
    return listEndpoints(this.services.database.read, await this.#workspaceId(workspace));
  }

  async createEndpoint(workspace: string, request: EndpointRequest): Promise<EndpointWithSecret> {
    const wanted = { ...(await this.#scope(workspace)), ...request };
    return this.#telling(({ checkUrl }) => createEndpoint(this.services.ledger, checkUrl, wanted));
  }

  /** Switches an endpoint off, or on again. */
  async switchEndpoint(workspace: string, endpointId: string, disabled: boolean): Promise<Endpoint> {
    const change = { ...(await this.#scope(workspace)), endpointId, disabled };
    return this.#telling(({ checkUrl }) => changeEndpoint(this.services.ledger, checkUrl, change));
  }

  async removeEndpoint(workspace: string, endpointId: string): Promise<Endpoint> {
    return removeEndpoint(this.services.ledger, { ...(await this.#scope(workspace)), endpointId });
  }

  async rotateEndpointSecret(
    workspace: string,
    endpointId: string,
    overlapMinutes: number,
  ): Promise<EndpointWithSecret> {
    const rotation = { ...(await this.#scope(workspace)), endpointId, overlapMinutes };
    return rotateEndpointSecret(this.services.ledger, rotation);
  }

  async testEndpoint(workspace: string, endpointId: string): Promise<TestResult> {
    const { database, ledger } = this.services;
    const choice = { ...(await this.#scope(workspace)), endpointId };
    return this.#telling((telling) => testEndpoint({ read: database.read, ledger, telling }, choice));
  }

  /** Every dead letter, the oldest first, a page at a time. */
  async *deadLetters(workspace: string, target: string | undefined): AsyncGenerator<DeliveryRow> {
    const workspaceId = await this.#workspaceId(workspace);
    for (let after = ""; ; ) {
      const page = { target, after, limit: PAGE };
      const rows = await listDeadLetters(this.services.database.read, workspaceId, page);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      after = last.id;
    }
  }

  async replayDeadLetters(workspace: string, choice: DeadLetterChoice): Promise<number> {
    return replayDeadLetters(this.services.ledger, { ...(await this.#scope(workspace)), ...choice });
  }

  /** Re-derives a workspace's record; see `verifyLedger`. */
  async verify(workspace: string, request: VerifyRequest = {}): Promise<Verdict> {
    const workspaceId = await this.#workspaceId(workspace);
    const checkpoints = await this.#checkpoints(workspaceId, request.checkpoint);
    const { onProgress } = request;
    const demandCheckpoint = request.checkpoint !== undefined;
    return withSnapshot(this.settings.database, (sql) =>
      verifyLedger(sql, workspaceId, { keys: this.services.keys, checkpoints, demandCheckpoint, onProgress }),
    );
  }

  /** Writes a workspace's record, line by line; see `exportLedger`. */
  async export(workspace: string, write: (line: string) => Promise<void>): Promise<void> {
    const found = await this.#workspace(workspace);
    await withSnapshot(this.settings.database, async (sql) => {
      for await (const line of exportLedger(sql, found, { keys: this.services.keys, at: Date.now() }))
        await write(line);
    });
  }

  close(): Promise<void> {
    return this.services.close();
  }

  /** Runs something with the ways out, and closes them again. */
  async #telling<Result>(work: (telling: Telling) => Promise<Result>): Promise<Result> {
    const ways = openHttpWays(this.settings.outbound);
    try {
      return await work(ways);
    } finally {
      ways.close();
    }
  }

  async #workspace(name: string): Promise<Workspace> {
    const found = await findWorkspaceByName(this.services.database.read, name);
    if (found === undefined) throw notFound(`workspace ("${name.slice(0, 100)}")`);
    return found;
  }

  async #workspaceId(name: string): Promise<string> {
    return (await this.#workspace(name)).id;
  }

  async #scope(workspace: string) {
    const workspaceId = await this.#workspaceId(workspace);
    return { workspaceId, actor: await systemActor(this.services.database.read, workspaceId) };
  }

  /** Asked before the snapshot is taken: later checkpoints of a running server may be of events that are not in it. */
  async #checkpoints(
    workspaceId: string,
    given: string | undefined,
  ): Promise<AsyncIterable<ReadCheckpoint> | Iterable<ReadCheckpoint>> {
    const { keys } = this.services;
    if (given === undefined) return ownCheckpoints(keys, checkpointsDir(this.settings), workspaceId);
    if (existsSync(given)) {
      // A file that yields nothing must not pass for "nothing to hold against it".
      const text = await readFile(given, "utf8");
      if (text.trim() === "") return [{ problem: `the file ${given} is empty` }];
      return readCheckpoints(keys, given, Buffer.byteLength(text));
    }
    return [openCheckpointText(keys, given)];
  }
}
