import type { Adapter } from "oidc-provider";

type Stored = Record<string, unknown>;

/** What an oidc-provider keeps, in memory; it outlives the provider, so that one with new keys goes on where the old one was. */
export function oidcMemory(): (model: string) => Adapter {
  const rows = new Map<string, Stored>();
  const found = (matches: (row: Stored) => boolean): string[] =>
    [...rows].filter(([, row]) => matches(row)).map(([id]) => id);
  return (model) => {
    const key = (id: string): string => `${model}:${id}`;
    return {
      upsert: async (id, payload) => {
        rows.set(key(id), payload);
      },
      find: async (id) => rows.get(key(id)),
      findByUid: async (uid) =>
        rows.get(found((row) => row["uid"] === uid && row["kind"] === model)[0] ?? ""),
      findByUserCode: async () => undefined,
      consume: async (id) => {
        const row = rows.get(key(id));
        if (row !== undefined) row["consumed"] = Math.floor(Date.now() / 1_000);
      },
      destroy: async (id) => {
        rows.delete(key(id));
      },
      revokeByGrantId: async (grantId) => {
        for (const id of found((row) => row["grantId"] === grantId)) rows.delete(id);
      },
    };
  };
}
