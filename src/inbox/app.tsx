import { useEffect } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import type { LiveConnection } from "./api/client.js";
import { fetched } from "./fetched.tsx";
import { ListPage } from "./list/list-page.tsx";
import { Shell } from "./shell/shell.tsx";

// The list is what most come for; the rest is fetched when it is gone to.
const LOADING = <main aria-busy="true">Loading …</main>;
const TicketPage = fetched(async () => (await import("./ticket/ticket-page.tsx")).TicketPage, LOADING);
const AuditPage = fetched(async () => (await import("./audit/audit-page.tsx")).AuditPage, LOADING);
const AdminPage = fetched(async () => (await import("./admin/admin-page.tsx")).AdminPage, LOADING);
const NotificationsPage = fetched(
  async () => (await import("./notifications/notifications-page.tsx")).NotificationsPage,
  LOADING,
);

// The browser would restore a place of its own choice.
history.scrollRestoration = "manual";

/** The page: the shell, and in it what the address says. */
export function App({ live }: { readonly live: LiveConnection }) {
  const [path] = useLocation();
  useEffect(() => {
    // The list knows where it was.
    if (path !== "/") scrollTo(0, 0);
  }, [path]);
  return (
    <Shell live={live}>
      <Switch>
        <Route path="/" component={ListPage} />
        <Route path="/tickets/:id">{({ id }) => <TicketPage id={id} />}</Route>
        <Route path="/audit">
          <AuditPage />
        </Route>
        <Route path="/admin">
          <AdminPage />
        </Route>
        <Route path="/notifications">
          <NotificationsPage />
        </Route>
        <Route>
          <main id="main" tabIndex={-1} className="shell-alone">
            <p>There is nothing here.</p>
            <Link href="/">Go to the inbox</Link>
          </main>
        </Route>
      </Switch>
    </Shell>
  );
}
