import { createHash } from "node:crypto";
import { parseQueues } from "../identity/queue-list.js";
import type { WorkspaceEvent } from "../ledger/ledger.js";
import type { EndpointRow } from "../persistence/endpoint-queries.js";
import { parseTypes } from "./endpoint-interest.js";

/**
 * What the record says of an endpoint: all of it, so that the last word is the whole truth. The URL of a chat is a secret, and
 * any query may carry one, so of a URL it says where it leads, and a fingerprint by which it can be recognised.
 */
export function endpointEvent(row: EndpointRow): WorkspaceEvent {
  const { id: endpointId, channel, name, principal_id: principalId } = row;
  return {
    type: "SETTINGS_CHANGED",
    data: {
      setting: "endpoint",
      endpointId,
      channel,
      name,
      ...(principalId === null ? {} : { principalId }),
      ...(row.url === null
        ? {}
        : { url: shownUrl(row), urlFingerprint: createHash("sha256").update(row.url, "utf8").digest("hex") }),
      queues: parseQueues(row.queues),
      types: parseTypes(row.types),
      ...(row.secret === null
        ? {}
        : { secretFingerprint: createHash("sha256").update(row.secret, "utf8").digest("hex") }),
      disabled: row.disabled_at !== null,
      removed: row.removed_at !== null,
    },
  };
}

/** A URL as people may see it: without its query, and of a chat's without its path. */
export function shownUrl({ channel, url }: Pick<EndpointRow, "channel" | "url">): string | null {
  if (url === null || !URL.canParse(url)) return null;
  const { origin, pathname } = new URL(url);
  return channel === "SLACK" ? `${origin}/…` : `${origin}${pathname}`;
}
