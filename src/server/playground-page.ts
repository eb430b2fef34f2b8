import type { RenderOptions } from "altair-static";
import { playgroundTabs } from "./playground-tabs.js";

type AltairOptions = Omit<RenderOptions, "baseURL" | "serveInitialOptionsInSeperateRequest">;

/** Altair's options, but for what only the browser knows: the addresses and the keys. */
const options: AltairOptions = {
  initialWindows: playgroundTabs.map((tab) => ({
    initialName: tab.name,
    initialQuery: tab.query,
    initialVariables: JSON.stringify(tab.variables, null, 2),
    initialHeaders: { Authorization: `Bearer {{${tab.key}}}` },
    // Altair's name for graphql-transport-ws, the protocol of the package graphql-ws.
    initialSubscriptionRequestHandlerId: "graphql-ws",
    initialSubscriptionsPayload: { Authorization: `Bearer {{${tab.key}}}` },
    ...(tab.afterwards === undefined ? {} : { initialPostRequestScript: tab.afterwards }),
  })),
  // Nothing is kept in the browser: neither credentials, nor tabs of an earlier version.
  preserveState: false,
  disableAccount: true,
  persistedSettings: {
    // Plugins and news come from other hosts.
    "plugin.list": [],
    "banners.disable": true,
    "alert.disableUpdateNotification": true,
    disablePushNotification: true,
  },
};

const DIALOG = `
<style>
  #keys { width: 30rem; padding: 1.5rem 2rem; border: 0; border-radius: .75rem;
    font: 15px/1.5 system-ui, sans-serif;
    color: #1d2733; background: #fff; box-shadow: 0 1rem 4rem #0005 }
  #keys::backdrop { background: #1d273366 }
  #keys h1 { margin: 0 0 .5rem; font-size: 1.25rem; font-weight: 700 }
  #keys p { margin: 0 0 1rem }
  #keys label { display: block; margin-bottom: .75rem; font-weight: 600 }
  #keys input { box-sizing: border-box; width: 100%; margin-top: .25rem; padding: .5rem .6rem; border: 1px solid #8a97a6;
    border-radius: .4rem; font: 13px ui-monospace, monospace; color: inherit; background: #fff }
  #keys footer { display: flex; flex-direction: row-reverse; gap: .5rem; margin-top: 1.25rem }
  #keys button { padding: .5rem 1rem; border: 1px solid #8a97a6; border-radius: .4rem; font: inherit; cursor: pointer;
    color: inherit; background: #fff }
  #keys button[value=open] { border-color: #2b6a12; color: #fff; background: #2b6a12 }
  #keys :focus-visible { outline: 2px solid #2b6a12; outline-offset: 2px }
</style>
<dialog id="keys" aria-labelledby="keys-title">
  <form method="dialog">
    <h1 id="keys-title">Who are you here?</h1>
    <p>The very first start of the server gave you two keys; <code>countersign keys create</code> makes more. Paste
      them once: they serve all tabs here, and are kept in this browser tab only, until you close it.</p>
    <label>Agent’s key
      <input name="agentKey" type="password" autocomplete="off" spellcheck="false" placeholder="csk_…"></label>
    <label>Reviewer’s key
      <input name="reviewerKey" type="password" autocomplete="off" spellcheck="false" placeholder="csk_…"></label>
    <footer>
      <button value="open">Open the playground</button>
      <button value="skip">Look around without</button>
    </footer>
  </form>
</dialog>
`;

/**
 * The page: Altair's own, with a dialog for the keys, and started by our script instead of an inline one.
 *
 * @param altairPage index.html of altair-static
 */
export function playgroundPage(altairPage: string, baseUrl: string): string {
  return altairPage
    .replace(/<base [^>]*>/, `<base href="${baseUrl}" />`)
    .replace(/<title>[^<]*<\/title>/, "<title>Countersign playground</title>")
    .replace("</body>", () => `${DIALOG}<script type="module" src="start.js"></script></body>`);
}

/**
 * The script that starts Altair. Addresses are taken from the page's own, so that they are right behind every host
 * name and proxy. Keys come from the fragment of the address (`/playground#agentKey=csk_…&reviewerKey=csk_…`, which
 * never leaves the browser and is wiped at once), from this browser tab's session, or from the dialog.
 */
export function playgroundScript(graphqlPath: string): string {
  return `const options = ${JSON.stringify(options)};
const names = ["agentKey", "reviewerKey"];

const endpoint = new URL(${JSON.stringify(graphqlPath)}, location.href);
options.endpointURL = endpoint.href;
endpoint.protocol = endpoint.protocol.replace("http", "ws");
options.subscriptionsEndpoint = endpoint.href;

const keep = (name, key) => {
  if (key) sessionStorage.setItem(name, key.trim().replace(/^Bearer\\s+/i, ""));
};

const fragment = new URLSearchParams(location.hash.slice(1));
for (const name of names) keep(name, fragment.get(name));
if (location.hash) history.replaceState(null, "", location.pathname + location.search);
addEventListener("hashchange", () => location.reload());

if (names.some((name) => sessionStorage.getItem(name))) start();
else {
  const dialog = document.getElementById("keys");
  dialog.addEventListener("close", () => {
    if (dialog.returnValue === "open") {
      for (const name of names) keep(name, dialog.querySelector(\`[name=\${name}]\`).value);
    }
    start();
  });
  dialog.showModal();
}

function start() {
  const variables = { agentKey: "", reviewerKey: "", ticketId: "" };
  for (const name of names) variables[name] = sessionStorage.getItem(name) ?? "";
  options.initialEnvironments = {
    activeSubEnvironment: "keys",
    subEnvironments: [{ id: "keys", title: "Keys", variables }],
  };
  AltairGraphQL.init(options);
  // Where Altair runs scripts unless it finds its own sandbox in time.
  getAltairConfig().getUrlConfig().sandbox = new URL("iframe-sandbox/index.html", document.baseURI).href;
}

// Without a key the playground asks as nobody, who may read the schema, instead of with a credential that is empty.
const send = globalThis.fetch;
globalThis.fetch = (resource, init) => {
  const headers = new Headers(init?.headers ?? resource.headers);
  if (/^Bearer\\s*$/.test(headers.get("authorization") ?? "")) headers.delete("authorization");
  return send(resource, { ...init, headers });
};

// Altair shows the tab that it made last, without its variables and without the schema's documentation; the story
// begins with the first tab, and needs both.
let begun = false;
const prepared = new WeakSet();
new MutationObserver(() => {
  const tabs = document.querySelectorAll(".window-switcher__item");
  if (!begun && tabs.item(options.initialWindows.length - 1)?.classList.contains("window-switcher__item--active")) {
    begun = true;
    tabs.item(0).click();
  }
  for (const shown of document.querySelectorAll("app-window:not(.hide)")) {
    const controls = [".variables-editor--title", "[track-id=reload_docs]"].map((each) => shown.querySelector(each));
    if (!begun || prepared.has(shown) || controls.includes(null)) continue;
    prepared.add(shown);
    for (const control of controls) control.click();
    document.documentElement.dataset.playground = "ready";
  }
}).observe(document.body, { attributes: true, attributeFilter: ["class"], childList: true, subtree: true });
`;
}
