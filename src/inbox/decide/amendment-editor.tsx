import { useEffect, useId, useMemo, useState } from "react";
import { type Compared, ComparisonView, isSame, useComparison } from "../ticket/comparison-view.tsx";
import type { ProposalContent } from "../ticket/text/compare-proposals.js";
import { readEdit } from "./decision-input.js";
import type { Edit } from "./draft.js";

/** How an edit stands: what it changes, or what keeps it from being signed. */
export interface EditState {
  readonly problem: string | undefined;
  readonly compared: Compared;
}

/** After the last key; reading and comparing something large takes longer than the next key may wait. */
const TYPING_MS = 250;

/** Reads an edit when one has stopped typing, and compares it with what it changes. */
export function useEdit(original: ProposalContent, edit: Edit | null): EditState {
  const settled = useSettled(edit);
  const read = useMemo(() => (settled === null ? undefined : readEdit(settled)), [settled]);
  const proposal = read !== undefined && "proposal" in read ? read.proposal : undefined;
  const compared = useComparison(original, proposal);
  // What is signed has been shown as it differs.
  if (settled !== edit) return { problem: "Comparing your edit …", compared };
  if (read !== undefined && "problem" in read) return { problem: read.problem, compared };
  if (compared.state === "working") return { problem: "Comparing your edit …", compared };
  if (compared.state === "done" && isSame(compared.answer)) {
    return { problem: "You have changed nothing yet. To sign it as it is, choose Approve.", compared };
  }
  return { problem: undefined, compared };
}

/** The edit as it was when nothing had been typed for a while; a first one at once. */
function useSettled(edit: Edit | null): Edit | null {
  const [settled, setSettled] = useState(edit);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(edit), settled === null || edit === null ? 0 : TYPING_MS);
    return () => clearTimeout(timer);
  }, [edit, settled]);
  return settled;
}

interface AmendmentEditorProps {
  readonly edit: Edit;
  readonly state: EditState;
  readonly locked: boolean;
  readonly onEdit: (edit: Edit) => void;
}

/** Title, text and payload to be edited, and below them what differs from what was proposed. */
export function AmendmentEditor({ edit, state, locked, onEdit }: AmendmentEditorProps) {
  const id = useId();
  return (
    <>
      <label htmlFor={`${id}-title`}>Title</label>
      <input
        id={`${id}-title`}
        value={edit.title}
        readOnly={locked}
        onChange={({ target }) => onEdit({ ...edit, title: target.value })}
      />
      <label htmlFor={`${id}-detail`}>Text</label>
      <textarea
        id={`${id}-detail`}
        rows={8}
        value={edit.detail}
        readOnly={locked}
        onChange={({ target }) => onEdit({ ...edit, detail: target.value })}
      />
      <label htmlFor={`${id}-payload`}>Payload (JSON)</label>
      <textarea
        id={`${id}-payload`}
        className="decide-json"
        rows={8}
        spellCheck={false}
        value={edit.payload}
        readOnly={locked}
        onChange={({ target }) => onEdit({ ...edit, payload: target.value })}
      />
      {state.problem === undefined && (
        <section aria-label="What you change" className="decide-edit-changes">
          <h3>What you change</h3>
          <ComparisonView compared={state.compared} />
        </section>
      )}
    </>
  );
}
