import { useState } from "react";
import { SetQueueNoticeDocument } from "../api/generated.js";
import { ActForm } from "../desk/act-form.tsx";
import { act } from "../desk/desk-client.js";
import { DeskDialog } from "../desk/desk-dialog.tsx";
import { ChecksField, TextField } from "../desk/fields.tsx";
import type { Member, Queue } from "./lists.js";

interface QueueNoticeDialogProps {
  readonly queue: Queue;
  readonly members: readonly Member[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** What a queue does about the due times of its tickets. */
export function QueueNoticeDialog({ queue, members, onClose, onDone }: QueueNoticeDialogProps) {
  const { notice } = queue;
  const reachable = members.filter(canBeTold);
  const [remind, setRemind] = useState(asText(notice?.remindMinutes));
  const [escalate, setEscalate] = useState(asText(notice?.escalateMinutes));
  // Who cannot be told any more is left out with the next change.
  const [to, setTo] = useState<readonly string[]>(
    (notice?.escalateTo ?? []).filter((id) => reachable.some((member) => member.id === id)),
  );
  const change = async (): Promise<void> => {
    const input = {
      queue: queue.name,
      remindMinutes: asMinutes(remind),
      escalateMinutes: asMinutes(escalate),
    };
    await act(SetQueueNoticeDocument, {
      input: { ...input, escalateTo: input.escalateMinutes === null ? [] : [...to] },
    });
    onDone();
  };
  return (
    <DeskDialog title={`Due times in the queue ${queue.name}`} onClose={onClose}>
      <ActForm action="Set" onAct={change} onCancel={onClose}>
        <TextField
          label="Remind so many minutes before"
          type="number"
          value={remind}
          onChange={setRemind}
          hint="Whoever holds the ticket, or else the reviewers of the queue. Empty for never."
        />
        <TextField
          label="Tell others so many minutes after"
          type="number"
          value={escalate}
          onChange={setEscalate}
          hint="Where a ticket is still pending then. Empty for never."
        />
        {escalate === "" ? null : reachable.length === 0 ? (
          <p className="desk-hint">There is nobody with an address who reviews or manages.</p>
        ) : (
          <ChecksField
            label="Whom"
            options={reachable.map(({ id, name }) => ({ value: id, says: name }))}
            value={to}
            onChange={setTo}
          />
        )}
        <p className="desk-hint">It counts for the tickets that wait already, too.</p>
      </ActForm>
    </DeskDialog>
  );
}

/** As the server has it: a human who reviews or manages, and has an address. */
function canBeTold({ kind, roles, email }: Member): boolean {
  const may = roles.includes("REVIEWER") || roles.includes("ADMIN");
  return kind === "HUMAN" && may && email !== null && email !== undefined;
}

function asText(minutes: number | null | undefined): string {
  return minutes === null || minutes === undefined ? "" : String(minutes);
}

function asMinutes(text: string): number | null {
  return text === "" ? null : Number(text);
}
