import { type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { useClient, useQuery } from "urql";
import { useLocation } from "wouter";
import type { LiveConnection } from "../api/client.js";
import { ViewerDocument, type ViewerQuery } from "../api/generated.js";
import { fetched } from "../fetched.tsx";
import { Shortcuts, useShortcuts } from "../keyboard/use-shortcuts.js";
import { TicketList } from "../list/ticket-list.js";
import { ConnectionLine } from "./connection-line.tsx";
import { followChanges } from "./follow-changes.js";
import { Header, placesFor } from "./header.tsx";
import { SessionContext } from "./session.js";
import "./shell.css";

const ShortcutSheet = fetched(async () => (await import("../keyboard/shortcut-sheet.tsx")).ShortcutSheet);

interface ShellProps {
  readonly live: LiveConnection;
  readonly children: ReactNode;
}

/** What surrounds every page, once it is known who looks at it. */
export function Shell({ live, children }: ShellProps) {
  const [{ data, error }, ask] = useQuery({ query: ViewerDocument });
  if (data !== undefined) {
    return (
      <Signed viewer={data.viewer} live={live}>
        {children}
      </Signed>
    );
  }
  if (error === undefined) {
    return (
      <main aria-busy="true" className="shell-alone">
        Loading …
      </main>
    );
  }
  return (
    <main className="shell-alone">
      <p role="alert">{error.graphQLErrors[0]?.message ?? "The server cannot be reached."}</p>
      <button type="button" onClick={() => ask({ requestPolicy: "network-only" })}>
        Try again
      </button>
    </main>
  );
}

function Signed({ viewer, live, children }: ShellProps & { readonly viewer: ViewerQuery["viewer"] }) {
  const client = useClient();
  const [first] = useState(viewer);
  const list = useMemo(() => new TicketList(client, first.principal.id), [client, first.principal.id]);
  const session = useMemo(() => ({ viewer, live, list }), [viewer, live, list]);
  useEffect(
    () =>
      followChanges({ client, live, list }, first.ledgerCursor, async () => {
        const { data } = await client
          .query(ViewerDocument, {}, { requestPolicy: "network-only" })
          .toPromise();
        return data?.viewer.ledgerCursor;
      }),
    [client, live, list, first],
  );
  const [sheet, setSheet] = useState(false);
  useKeys(viewer, () => setSheet(true));
  return (
    <SessionContext value={session}>
      <Header showShortcuts={() => setSheet(true)} />
      <ConnectionLine live={live} />
      {children}
      {sheet && <ShortcutSheet close={() => setSheet(false)} />}
    </SessionContext>
  );
}

function useKeys({ roles }: ViewerQuery["viewer"], showSheet: () => void): void {
  const [, navigate] = useLocation();
  const registry = useContext(Shortcuts);
  useEffect(() => {
    addEventListener("keydown", registry.handle);
    return () => removeEventListener("keydown", registry.handle);
  }, [registry]);
  useShortcuts(
    [
      ...placesFor(roles).map(({ key, name, path }) => ({
        keys: key,
        label: `Go to: ${name}`,
        run: () => navigate(path),
      })),
      { keys: "?", label: "Show the shortcuts", run: showSheet },
    ],
    "Everywhere",
  );
}
