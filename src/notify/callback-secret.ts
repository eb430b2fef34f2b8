import { typeid } from "typeid-js";
import { badInput } from "../domain/domain-error.js";
import type { Actor } from "../domain/principal.js";
import { requireRole } from "../domain/refusals.js";
import type { Credential } from "../identity/credential.js";
import { requireCredentialNow } from "../identity/credential-now.js";
import { actorNow } from "../identity/managed-change.js";
import type { Ledger } from "../ledger/ledger.js";
import {
  type EndpointRow,
  findCallbackEndpoint,
  insertEndpoint,
  updateEndpoint,
} from "../persistence/endpoint-queries.js";
import type { Sql } from "../persistence/sql.js";
import { endpointEvent } from "./endpoint-event.js";
import { type CheckUrl, checkedOverlap, checkedUrl, rotated } from "./endpoints.js";
import { newWebhookSecret } from "./webhook-secret.js";

/** An agent who wants its callbacks signed anew. */
export interface CallbackRotation {
  readonly actor: Actor;
  readonly credential: Pick<Credential, "kind" | "id"> | undefined;
  /** How long the former secret signs beside the new one. */
  readonly overlapMinutes: number;
}

/**
 * Gives an agent the secret that signs the callbacks of the tickets that it submits; the first, or another in its place. On the
 * record as SETTINGS_CHANGED, without the secret.
 * @returns `whsec_…`, which is shown this once
 * @throws DomainError FORBIDDEN where it is no agent, UNAUTHENTICATED, BAD_USER_INPUT
 */
export async function rotateCallbackSecret(
  ledger: Ledger,
  { actor, credential, overlapMinutes }: CallbackRotation,
): Promise<string> {
  requireRole(actor, "AGENT");
  const overlapMs = checkedOverlap(overlapMinutes);
  const last: { secret?: string | null } = {};
  await ledger.change({
    workspaceId: actor.workspaceId,
    actor,
    events: [],
    write: async (sql, at) => {
      requireRole(await actorNow(sql, actor), "AGENT");
      if (credential !== undefined) await requireCredentialNow(sql, credential, at);
      const known = await findCallbackEndpoint(sql, actor.workspaceId, actor.id);
      const row = known === undefined ? newRow(actor, at) : rotated(known, at, overlapMs);
      await (known === undefined ? insertEndpoint(sql, row) : updateEndpoint(sql, row));
      last.secret = row.secret;
      return [endpointEvent(row)];
    },
  });
  if (typeof last.secret !== "string") throw new Error("a change was committed without having run");
  return last.secret;
}

/**
 * Holds the callback of a submission against the rules: a URL that may be reached, and a secret to sign with.
 * @throws DomainError BAD_USER_INPUT
 */
export async function checkedCallback(
  sql: Sql,
  { id, workspaceId }: Pick<Actor, "id" | "workspaceId">,
  url: string,
  check: CheckUrl,
): Promise<string> {
  const checked = checkedUrl(url, check, "callbackUrl");
  if ((await findCallbackEndpoint(sql, workspaceId, id)) === undefined) {
    throw badInput(
      "callbackUrl",
      "Callbacks are signed: call rotateCallbackSecret (over REST, POST /hitl/callback-secret) once, and keep the secret that it shows.",
    );
  }
  return checked;
}

function newRow({ id, workspaceId, name }: Actor, at: number): EndpointRow {
  return {
    id: typeid("endpoint").toString(),
    workspace_id: workspaceId,
    channel: "CALLBACK",
    name,
    url: null,
    queues: null,
    types: null,
    principal_id: id,
    secret: newWebhookSecret(),
    previous_secret: null,
    previous_until: null,
    created_at: at,
    disabled_at: null,
    disabled_reason: null,
    removed_at: null,
  };
}
