import { lazy, Suspense, useEffect } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import type { LiveConnection } from "./api/client.js";
import { ListPage } from "./list/list-page.tsx";
import { Shell } from "./shell/shell.tsx";

const TicketPage = lazy(async () => ({ default: (await import("./ticket/ticket-page.tsx")).TicketPage }));

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
      <Suspense fallback={<main aria-busy="true">Loading …</main>}>
        <Switch>
          <Route path="/" component={ListPage} />
          <Route path="/tickets/:id">{({ id }) => <TicketPage id={id} />}</Route>
          <Route>
            <main id="main" tabIndex={-1} className="shell-alone">
              <p>There is nothing here.</p>
              <Link href="/">Go to the inbox</Link>
            </main>
          </Route>
        </Switch>
      </Suspense>
    </Shell>
  );
}
