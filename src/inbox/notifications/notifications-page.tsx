import { useCallback, useEffect, useState } from "react";
import { loadQueues } from "../admin/lists.js";
import { useLoaded } from "../admin/use-loaded.js";
import { NotificationsDocument, type OwnNotificationsFragment, type ViewerQuery } from "../api/generated.js";
import { ask } from "../desk/desk-client.js";
import "../desk/desk.css";
import "../desk/own-styles.js";
import { useSession } from "../shell/session.js";
import "./notifications.css";
import { WishesForm } from "./wishes-form.tsx";

/** What one is mailed, and when. */
export function NotificationsPage() {
  const { viewer } = useSession();
  const isMailed = viewer.roles.includes("REVIEWER") || viewer.roles.includes("ADMIN");
  return (
    <main className="desk-page notify-page" id="main" tabIndex={-1}>
      <title>Notifications · Countersign</title>
      <h1>Notifications</h1>
      {isMailed ? (
        <Wanted viewer={viewer} />
      ) : (
        <p className="desk-lead">Only reviewers and admins are mailed, so there is nothing to choose here.</p>
      )}
    </main>
  );
}

function Wanted({ viewer }: { readonly viewer: ViewerQuery["viewer"] }) {
  const loaded = useLoaded(loadNotifications);
  const queues = useLoaded(useCallback(() => loadOwnQueues(viewer), [viewer]));
  const [saved, setSaved] = useState<OwnNotificationsFragment>();
  useEffect(() => setSaved(loaded.value), [loaded.value]);
  const refusal = loaded.refusal || queues.refusal;
  if (refusal !== "") {
    return (
      <p role="alert" className="desk-refusal">
        {refusal}
      </p>
    );
  }
  if (saved === undefined || queues.value === undefined) return <p aria-busy="true">Loading …</p>;
  return (
    <>
      <Where saved={saved} />
      <WishesForm saved={saved} queues={queues.value} onSaved={setSaved} />
    </>
  );
}

/** Where the mail goes, or why none does. */
function Where({ saved }: { readonly saved: OwnNotificationsFragment }) {
  const { mailConfigured, address } = saved;
  if (typeof address !== "string") {
    return (
      <p className="notify-none">
        There is no address of yours to write to, so nothing is mailed to you. An admin can invite you by one.
      </p>
    );
  }
  return (
    <>
      <p className="desk-lead">
        What you are mailed about, and when. It goes to <bdi>{address}</bdi>.
      </p>
      {mailConfigured ? null : (
        <p className="notify-none">
          This server sends no mail at the moment. What you choose holds as soon as it does.
        </p>
      )}
    </>
  );
}

async function loadNotifications(): Promise<OwnNotificationsFragment> {
  return (await ask(NotificationsDocument, {})).notificationPreferences;
}

/** Those that one reviews in; who reviews nowhere may be told of late tickets of any. */
async function loadOwnQueues({ roles, queues }: ViewerQuery["viewer"]): Promise<readonly string[]> {
  const known = (await loadQueues()).map(({ name }) => name);
  if (!roles.includes("REVIEWER") || queues === null || queues === undefined) return known;
  return known.filter((name) => queues.includes(name));
}
