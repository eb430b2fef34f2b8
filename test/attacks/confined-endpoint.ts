import type { PrincipalRef } from "../../src/domain/principal.js";
import { changeEndpoint, createEndpoint } from "../../src/notify/endpoints.js";
import { waiting } from "../../src/notify/planner.js";
import { insertDeliveries } from "../../src/persistence/delivery-queries.js";
import type { TestServer } from "../support/test-server.js";

/** Where nothing listens: whoever is told there is refused at once. */
export const NOBODY_THERE = "https://127.0.0.1:44321/hook";

/** An endpoint that is switched off, and something that was given up for it. */
export async function endpointOf(
  { running: { services } }: TestServer,
  scope: { workspaceId: string; actor: PrincipalRef },
  name: string,
  ticketId: string,
): Promise<{ endpointId: string; deliveryId: string }> {
  const { ledger, database } = services;
  const wanted = {
    ...scope,
    channel: "WEBHOOK",
    name,
    url: NOBODY_THERE,
    queues: null,
    types: null,
  } as const;
  const { endpoint } = await createEndpoint(ledger, (url) => url, wanted);
  await changeEndpoint(ledger, (url) => url, { ...scope, endpointId: endpoint.id, disabled: true });
  const about = { sequence: 1, ticket_id: ticketId };
  const row = waiting(scope.workspaceId, about, { channel: "WEBHOOK", target: endpoint.id }, Date.now());
  const dead = { ...row, state: "DEAD", problem: `${name} went wrong`, dead_at: Date.now() } as const;
  await database.transaction((sql) => insertDeliveries(sql, database.dialect, [dead]));
  return { endpointId: endpoint.id, deliveryId: row.id };
}
