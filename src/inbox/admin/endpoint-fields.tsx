import type { AuditEventType, EndpointChannel } from "../api/generated.js";
import { ChecksField, ChoiceField, TextField } from "../desk/fields.tsx";
import { USUAL_WORDS } from "./endpoint-words.js";
import type { Queue } from "./lists.js";
import { QueueFields } from "./queue-fields.tsx";
import { TOLD_OF_TICKETS, TOLD_OF_WORKSPACE } from "./told-types.js";

/** What an endpoint is to be. */
export interface EndpointDraft {
  readonly channel: EndpointChannel;
  readonly name: string;
  readonly url: string;
  /** Null for every queue. */
  readonly queues: readonly string[] | null;
  /** Null for the usual ones. */
  readonly types: readonly AuditEventType[] | null;
}

interface EndpointFieldsProps {
  readonly draft: EndpointDraft;
  readonly onChange: (draft: EndpointDraft) => void;
  readonly known: readonly Queue[];
  /** Where it leads by now; undefined for a new one. */
  readonly shownUrl?: string;
}

export function EndpointFields({ draft, onChange, known, shownUrl }: EndpointFieldsProps) {
  const set = (part: Partial<EndpointDraft>): void => onChange({ ...draft, ...part });
  const { channel, name, url, queues, types } = draft;
  return (
    <>
      <TextField
        label="Name"
        name="name"
        value={name}
        onChange={(next) => set({ name: next })}
        hint="What it is for"
        required
      />
      <TextField
        label={shownUrl === undefined ? "URL" : "New URL"}
        name="url"
        value={url}
        onChange={(next) => set({ url: next })}
        hint={shownUrl === undefined ? URL_HINTS[channel] : `Empty: it stays ${shownUrl}`}
        required={shownUrl === undefined}
      />
      <QueueFields label="About" queues={queues} onQueues={(next) => set({ queues: next })} known={known} />
      <ChoiceField
        label="Told of"
        value={types === null ? "usual" : "chosen"}
        onChange={(choice) => set({ types: choice === "usual" ? null : [] })}
      >
        <option value="usual">{USUAL_WORDS[channel]}</option>
        <option value="chosen">Chosen events</option>
      </ChoiceField>
      {types === null ? null : (
        <>
          <ChecksField
            label="Events of tickets"
            name="types"
            options={TOLD_OF_TICKETS}
            value={types}
            onChange={(next) => set({ types: next })}
          />
          <ChecksField
            label="Events of the workspace, told only where it is about every queue"
            options={TOLD_OF_WORKSPACE}
            value={types}
            onChange={(next) => set({ types: next })}
          />
        </>
      )}
    </>
  );
}

const URL_HINTS: Readonly<Record<EndpointChannel, string>> = {
  WEBHOOK: "https, and reachable from the Internet, unless the operator allows otherwise",
  SLACK: "An incoming webhook of Slack, Mattermost or Rocket.Chat. Whoever knows it can write there.",
};
