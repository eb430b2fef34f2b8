import { useQuery } from "urql";
import { ViewerDocument } from "./api/generated.js";

/** The page: who I am, and what there is to review. */
export function App() {
  const [{ data, error }] = useQuery({ query: ViewerDocument });
  if (error !== undefined) return <main role="alert">{error.message}</main>;
  if (data === undefined) return <main aria-busy="true">Loading …</main>;
  return <main>{data.viewer.principal.name}</main>;
}
