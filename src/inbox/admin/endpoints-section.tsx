import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components";
import { ShownOnce } from "../desk/shown-once.tsx";
import { When } from "../desk/when.tsx";
import { DeadLettersDialog } from "./dead-letters-dialog.tsx";
import { isOff, RemoveEndpointDialog, SwitchDialog, TestDialog } from "./endpoint-acts.tsx";
import {
  ChangeEndpointDialog,
  CreateEndpointDialog,
  type NewSecret,
  RotateSecretDialog,
} from "./endpoint-dialogs.tsx";
import { CHANNEL_WORDS, deadLettersWords, toldWords } from "./endpoint-words.js";
import "./endpoints.css";
import type { Endpoint, Queue } from "./lists.js";
import { RowMenu } from "./row-menu.tsx";
import type { Loaded } from "./use-loaded.js";

interface EndpointsSectionProps {
  readonly endpoints: Loaded<readonly Endpoint[]>;
  readonly queues: readonly Queue[];
  /** Whether the viewer manages them, or only sees them. */
  readonly manages: boolean;
}

type Asked =
  | { readonly what: "create" }
  | {
      readonly what: "change" | "switch" | "rotate" | "test" | "remove" | "dead letters";
      readonly endpoint: Endpoint;
    }
  | { readonly what: "made"; readonly made: NewSecret };

/** Where events are told by HTTP. */
export function EndpointsSection({ endpoints, queues, manages }: EndpointsSectionProps) {
  const [asked, setAsked] = useState<Asked>();
  const [said, setSaid] = useState("");
  return (
    <section id="endpoints" aria-labelledby="endpoints-title">
      <div className="desk-bar">
        <h2 id="endpoints-title">Webhooks and chats</h2>
        {manages ? (
          <Button className="desk-button desk-button-main" onPress={() => setAsked({ what: "create" })}>
            Tell a webhook or a chat
          </Button>
        ) : null}
      </div>
      <p role="status" className="desk-hint">
        {endpoints.value === undefined && endpoints.refusal === "" ? "Loading …" : said}
      </p>
      <p role="alert" className="desk-refusal">
        {endpoints.refusal}
      </p>
      {endpoints.value?.length === 0 ? (
        <p className="desk-quiet">None is told yet. Programs can be told of what happens here, and chats.</p>
      ) : (
        <ul className="desk-rows" aria-labelledby="endpoints-title">
          {endpoints.value?.map((endpoint) => (
            <EndpointLine
              key={endpoint.id}
              endpoint={endpoint}
              onLetters={() => setAsked({ what: "dead letters", endpoint })}
            >
              <RowMenu of={endpoint.name} actions={manages ? actionsOn(endpoint, setAsked) : []} />
            </EndpointLine>
          ))}
        </ul>
      )}
      <AskedDialog
        asked={asked}
        queues={queues}
        manages={manages}
        onClose={() => setAsked(undefined)}
        onChanged={(words) => {
          setAsked(undefined);
          setSaid(words);
          endpoints.reload();
        }}
        onSecret={(made) => {
          setAsked({ what: "made", made });
          endpoints.reload();
        }}
      />
    </section>
  );
}

interface EndpointLineProps {
  readonly endpoint: Endpoint;
  readonly onLetters: () => void;
  readonly children: ReactNode;
}

function EndpointLine({ endpoint, onLetters, children }: EndpointLineProps) {
  const { name, channel, url, deadLetters } = endpoint;
  const letters = deadLettersWords(deadLetters);
  return (
    <li className={`desk-row ${isOff(endpoint) ? "desk-ended" : ""}`}>
      <div>
        <strong>{name}</strong> <span className="desk-quiet">{CHANNEL_WORDS[channel]}</span>
        <p className="endpoint-url">{url}</p>
      </div>
      <p className="desk-quiet">{toldWords(endpoint)}</p>
      <div className="endpoint-state">
        <OnOrOff endpoint={endpoint} />
        {deadLetters === 0 ? null : (
          <Button
            className="desk-button desk-button-small"
            aria-label={`${letters} of ${name}`}
            onPress={onLetters}
          >
            {letters}
          </Button>
        )}
      </div>
      {children}
    </li>
  );
}

function OnOrOff({ endpoint: { disabledAt, disabledReason } }: { readonly endpoint: Endpoint }) {
  if (typeof disabledAt !== "string") return <p>On</p>;
  const why = typeof disabledReason === "string" ? `: ${disabledReason}` : ", by hand";
  return (
    <p>
      Off since <When at={disabledAt} />
      {why}
    </p>
  );
}

function actionsOn(endpoint: Endpoint, ask: (asked: Asked) => void) {
  const signed = endpoint.channel === "WEBHOOK";
  return [
    { says: "Send a test …", run: () => ask({ what: "test", endpoint }) },
    { says: "Change …", run: () => ask({ what: "change", endpoint }) },
    ...(signed ? [{ says: "New secret …", run: () => ask({ what: "rotate", endpoint }) }] : []),
    {
      says: isOff(endpoint) ? "Switch on …" : "Switch off …",
      run: () => ask({ what: "switch", endpoint }),
    },
    { says: "Remove …", run: () => ask({ what: "remove", endpoint }) },
  ];
}

interface AskedDialogProps {
  readonly asked: Asked | undefined;
  readonly queues: readonly Queue[];
  readonly manages: boolean;
  readonly onClose: () => void;
  readonly onChanged: (words: string) => void;
  readonly onSecret: (made: NewSecret) => void;
}

function AskedDialog({ asked, queues, manages, onClose, onChanged, onSecret }: AskedDialogProps) {
  if (asked === undefined) return null;
  if (asked.what === "create") {
    const made = (name: string, secret: string | undefined): void =>
      secret === undefined ? onChanged(`${name} is told from now on.`) : onSecret({ name, secret });
    return <CreateEndpointDialog queues={queues} onClose={onClose} onMade={made} />;
  }
  if (asked.what === "made") return <SecretOnce {...asked.made} onClose={onClose} />;
  const { what, endpoint } = asked;
  const { name } = endpoint;
  const of = { endpoint, onClose };
  switch (what) {
    case "change":
      return (
        <ChangeEndpointDialog {...of} queues={queues} onDone={(now) => onChanged(`${now} was changed.`)} />
      );
    case "switch": {
      const words = `${name} was switched ${isOff(endpoint) ? "on" : "off"}.`;
      return <SwitchDialog {...of} onDone={() => onChanged(words)} />;
    }
    case "rotate":
      return <RotateSecretDialog {...of} onMade={onSecret} />;
    case "test":
      return <TestDialog {...of} />;
    case "remove":
      return <RemoveEndpointDialog {...of} onDone={() => onChanged(`${name} was removed.`)} />;
    case "dead letters":
      return <DeadLettersDialog {...of} manages={manages} onClose={() => onChanged("")} />;
  }
}

function SecretOnce({ name, secret, onClose }: NewSecret & { readonly onClose: () => void }) {
  return (
    <ShownOnce
      title={`The secret of ${name}`}
      what="the secret"
      text={secret}
      advice="Put it where the receiver keeps its secrets: it verifies what comes with it. It is shown only here, and only now."
      onClose={onClose}
    />
  );
}
