import { useState } from "react";
import { ChangeEndpointDocument, RemoveEndpointDocument, TestEndpointDocument } from "../api/generated.js";
import { ActForm } from "../desk/act-form.tsx";
import { act } from "../desk/desk-client.js";
import { DeskDialog } from "../desk/desk-dialog.tsx";
import { testWords } from "./endpoint-words.js";
import type { Endpoint } from "./lists.js";

interface ActDialogProps {
  readonly endpoint: Endpoint;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Switches an endpoint off, or on again. */
export function SwitchDialog({ endpoint, onClose, onDone }: ActDialogProps) {
  const { id, name } = endpoint;
  const off = isOff(endpoint);
  const change = async (): Promise<void> => {
    await act(ChangeEndpointDocument, { input: { endpointId: id, disabled: !off } });
    onDone();
  };
  return (
    <DeskDialog title={`Switch ${name} ${off ? "on" : "off"}?`} onClose={onClose}>
      <ActForm action={off ? "Switch it on" : "Switch it off"} onAct={change} onCancel={onClose}>
        {off ? (
          <p>
            It is told what happens from now on. What happened while it was off is not told; its dead letters
            stay until somebody delivers them again.
          </p>
        ) : (
          <p>
            What happens while it is off is not told, and not made up for. What waits already becomes dead
            letters, which can be delivered once it is on again.
          </p>
        )}
      </ActForm>
    </DeskDialog>
  );
}

export function RemoveEndpointDialog({ endpoint, onClose, onDone }: ActDialogProps) {
  const { id, name, channel } = endpoint;
  const remove = async (): Promise<void> => {
    await act(RemoveEndpointDocument, { input: { endpointId: id } });
    onDone();
  };
  return (
    <DeskDialog title={`Remove ${name}?`} onClose={onClose}>
      <ActForm action="Remove it" danger onAct={remove} onCancel={onClose}>
        <p>
          It is told nothing more. What waits for it, dead letters too, is never delivered
          {channel === "WEBHOOK" ? ", and its secret signs nothing any more" : ""}. This cannot be undone;
          what it was told stays on the record.
        </p>
      </ActForm>
    </DeskDialog>
  );
}

/** Sends a test, as often as one likes, and says how it was taken. */
export function TestDialog({ endpoint, onClose }: Pick<ActDialogProps, "endpoint" | "onClose">) {
  const [said, setSaid] = useState("");
  const send = async (): Promise<void> => {
    setSaid("Sending …");
    try {
      const { testEndpoint } = await act(TestEndpointDocument, { input: { endpointId: endpoint.id } });
      setSaid(testWords(testEndpoint));
    } catch (error) {
      setSaid("");
      throw error;
    }
  };
  return (
    <DeskDialog title={`Send ${endpoint.name} a test`} onClose={onClose}>
      <ActForm action="Send a test" onAct={send} onCancel={onClose} leave="Close">
        <p>One message about nothing, at once and once only, to {endpoint.url}. It is on the record.</p>
        <p role="status" className="endpoint-test">
          {said}
        </p>
      </ActForm>
    </DeskDialog>
  );
}

export function isOff({ disabledAt }: Endpoint): boolean {
  return disabledAt !== null && disabledAt !== undefined;
}
