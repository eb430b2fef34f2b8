import { badInput } from "../domain/domain-error.js";
import type { Actor } from "../domain/principal.js";
import { requireRole } from "../domain/refusals.js";
import type { Credential } from "../identity/credential.js";
import { memberChange } from "../identity/managed-change.js";
import { checkedOverlap } from "../identity/overlap.js";
import type { Ledger } from "../ledger/ledger.js";
import {
  type EndpointRow,
  findCallbackEndpoint,
  insertEndpoint,
  updateEndpoint,
} from "../persistence/endpoint-queries.js";
import type { Sql } from "../persistence/sql.js";
import { endpointEvent } from "./endpoint-event.js";
import { type CheckUrl, checkedUrl, newEndpointRow, rotated } from "./endpoints.js";
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
  const { workspaceId } = actor;
  return memberChange(
    ledger,
    { workspaceId, actor, credential },
    (now) => requireRole(now, "AGENT"),
    async (sql, at) => {
      const known = await findCallbackEndpoint(sql, workspaceId, actor.id);
      const secret = newWebhookSecret();
      const row = known === undefined ? newRow(actor, secret, at) : rotated(known, secret, at, overlapMs);
      await (known === undefined ? insertEndpoint(sql, row) : updateEndpoint(sql, row));
      return { result: secret, events: [endpointEvent(row)] };
    },
  );
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

function newRow({ id, workspaceId, name }: Actor, secret: string, at: number): EndpointRow {
  return newEndpointRow({
    workspace_id: workspaceId,
    channel: "CALLBACK",
    name,
    url: null,
    queues: null,
    types: null,
    principal_id: id,
    secret,
    created_at: at,
  });
}
