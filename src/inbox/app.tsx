import { lazy, Suspense, useContext, useEffect } from "react";
import { useQuery } from "urql";
import { Route, Switch } from "wouter";
import { ViewerDocument } from "./api/generated.js";
import { Shortcuts } from "./keyboard/use-shortcuts.js";

const TicketPage = lazy(async () => ({ default: (await import("./ticket/ticket-page.tsx")).TicketPage }));

/** The page: who I am, and what there is to review. */
export function App() {
  const registry = useContext(Shortcuts);
  useEffect(() => {
    addEventListener("keydown", registry.handle);
    return () => removeEventListener("keydown", registry.handle);
  }, [registry]);
  return (
    <Suspense fallback={<main aria-busy="true">Loading …</main>}>
      <Switch>
        <Route path="/tickets/:id">{({ id }) => <TicketPage id={id} />}</Route>
        <Route>
          <Home />
        </Route>
      </Switch>
    </Suspense>
  );
}

function Home() {
  const [{ data, error }] = useQuery({ query: ViewerDocument });
  if (error !== undefined) return <main role="alert">{error.message}</main>;
  if (data === undefined) return <main aria-busy="true">Loading …</main>;
  return <main>{data.viewer.principal.name}</main>;
}
