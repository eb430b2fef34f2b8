import { lazy, type ReactNode, Suspense, useEffect } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import type { LiveConnection } from "./api/client.js";
import { ListPage } from "./list/list-page.tsx";
import { Shell } from "./shell/shell.tsx";

// The list is what most come for; the rest is fetched when it is gone to.
const TicketPage = lazy(async () => ({ default: (await import("./ticket/ticket-page.tsx")).TicketPage }));
const AuditPage = lazy(async () => ({ default: (await import("./audit/audit-page.tsx")).AuditPage }));
const AdminPage = lazy(async () => ({ default: (await import("./admin/admin-page.tsx")).AdminPage }));
const NotificationsPage = lazy(async () => ({
  default: (await import("./notifications/notifications-page.tsx")).NotificationsPage,
}));

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
        <Route path="/tickets/:id">
          {({ id }) => (
            <Fetched>
              <TicketPage id={id} />
            </Fetched>
          )}
        </Route>
        <Route path="/audit">
          <Fetched>
            <AuditPage />
          </Fetched>
        </Route>
        <Route path="/admin">
          <Fetched>
            <AdminPage />
          </Fetched>
        </Route>
        <Route path="/notifications">
          <Fetched>
            <NotificationsPage />
          </Fetched>
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

/** Each page that is fetched waits for itself: the list, which never is, must not be held back with them. */
function Fetched({ children }: { readonly children: ReactNode }) {
  return <Suspense fallback={<main aria-busy="true">Loading …</main>}>{children}</Suspense>;
}
