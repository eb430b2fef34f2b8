import { useCallback, useEffect } from "react";
import { useQuery } from "urql";
import { ViewerDocument, type ViewerQuery } from "../api/generated.js";
import "../desk/desk.css";
import "../desk/own-styles.js";
import { EndpointsSection } from "./endpoints-section.tsx";
import { KeysSection } from "./keys-section.tsx";
import { loadEndpoints, loadKeys, loadMembers, loadQueues } from "./lists.js";
import { MembersSection } from "./members-section.tsx";
import { QueuesSection } from "./queues-section.tsx";
import { useLoaded } from "./use-loaded.js";

/** Members, queues, endpoints and keys; for who manages none of them, their own keys. */
export function AdminPage() {
  const [{ data, error }] = useQuery({ query: ViewerDocument });
  const viewer = data?.viewer;
  const here = viewer !== undefined;
  // The part that the address names is there only now.
  useEffect(() => {
    if (here && location.hash !== "") document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }, [here]);
  if (error !== undefined) {
    return (
      <main className="desk-page" role="alert">
        {error.message}
      </main>
    );
  }
  if (viewer === undefined) {
    return (
      <main className="desk-page" aria-busy="true">
        Loading …
      </main>
    );
  }
  const seesAll = viewer.roles.includes("ADMIN") || viewer.roles.includes("AUDITOR");
  return seesAll ? <Workspace viewer={viewer} /> : <OwnKeys viewer={viewer} />;
}

type Viewer = ViewerQuery["viewer"];

function Workspace({ viewer }: { readonly viewer: Viewer }) {
  const isAdmin = viewer.roles.includes("ADMIN");
  const members = useLoaded(loadMembers);
  const queues = useLoaded(loadQueues);
  const endpoints = useLoaded(loadEndpoints);
  const keys = useLoaded(loadEveryKey);
  const { reload: reloadMembers } = members;
  const { reload: reloadKeys } = keys;
  const changed = useCallback(() => {
    reloadMembers();
    reloadKeys();
  }, [reloadMembers, reloadKeys]);
  return (
    <main className="desk-page">
      <title>Members and keys · Countersign</title>
      <h1>Workspace {viewer.workspace.name}</h1>
      <p className="desk-lead">
        {isAdmin
          ? "Who works here, where, and with which keys."
          : "Who works here, where, and with which keys. Admins change it."}
      </p>
      <MembersSection members={members} queues={queues.value ?? []} manages={isAdmin} onChanged={changed} />
      <QueuesSection queues={queues} members={members.value ?? []} manages={isAdmin} />
      <EndpointsSection endpoints={endpoints} queues={queues.value ?? []} manages={isAdmin} />
      <KeysSection
        title="Keys"
        keys={keys}
        members={members.value ?? []}
        viewerId={viewer.principal.id}
        isAdmin={isAdmin}
        onChanged={changed}
      />
    </main>
  );
}

function loadEveryKey() {
  return loadKeys(null);
}

function OwnKeys({ viewer }: { readonly viewer: Viewer }) {
  const { id } = viewer.principal;
  const keys = useLoaded(useCallback(() => loadKeys(id), [id]));
  return (
    <main className="desk-page">
      <title>My keys · Countersign</title>
      <h1>My keys</h1>
      <p className="desk-lead">For programs that act as you. Members and queues are managed by admins.</p>
      <KeysSection
        title="Keys"
        keys={keys}
        members={[]}
        viewerId={id}
        isAdmin={false}
        onChanged={keys.reload}
      />
    </main>
  );
}
