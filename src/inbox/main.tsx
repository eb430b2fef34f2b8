import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Provider } from "urql";
import { createApiClient } from "./api/client.js";
import { App } from "./app.tsx";
import "./theme.css";

const root = document.getElementById("app");
if (root === null) throw new Error("the page has no place for the inbox");
const client = createApiClient();
createRoot(root).render(
  <StrictMode>
    <Provider value={client}>
      <App live={client.live} />
    </Provider>
  </StrictMode>,
);
