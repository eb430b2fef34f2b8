import { lazy, Suspense } from "react";
import { useQuery } from "urql";
import { Route, Switch } from "wouter";
import { ViewerDocument } from "./api/generated.js";

const AuditPage = lazy(async () => ({ default: (await import("./audit/audit-page.tsx")).AuditPage }));
const AdminPage = lazy(async () => ({ default: (await import("./admin/admin-page.tsx")).AdminPage }));

/** The page: who I am, and what there is to review. */
export function App() {
  return (
    <Suspense fallback={<main aria-busy="true">Loading …</main>}>
      <Switch>
        <Route path="/audit">
          <AuditPage />
        </Route>
        <Route path="/admin">
          <AdminPage />
        </Route>
        <Route>
          <Start />
        </Route>
      </Switch>
    </Suspense>
  );
}

function Start() {
  const [{ data, error }] = useQuery({ query: ViewerDocument });
  if (error !== undefined) return <main role="alert">{error.message}</main>;
  if (data === undefined) return <main aria-busy="true">Loading …</main>;
  return <main>{data.viewer.principal.name}</main>;
}
