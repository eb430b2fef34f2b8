import { useDeferredValue, useId, useMemo } from "react";
import { type Compared, ComparisonView, useComparison } from "../ticket/comparison-view.tsx";
import type { ProposalContent } from "../ticket/text/compare-proposals.js";
import { readEdit, sameProposal } from "./decision-input.js";
import type { Edit } from "./draft.js";

/** How an edit stands: what it changes, or what keeps it from being signed. */
export interface EditState {
  readonly problem: string | undefined;
  readonly compared: Compared;
}

/** Reads an edit as it is written, and compares it with what it changes. */
export function useEdit(original: ProposalContent, edit: Edit | null): EditState {
  const slow = useDeferredValue(edit);
  const read = useMemo(() => (slow === null ? undefined : readEdit(slow)), [slow]);
  const proposal = read !== undefined && "proposal" in read ? read.proposal : undefined;
  const same = useMemo(
    () => proposal !== undefined && sameProposal(original, proposal),
    [original, proposal],
  );
  const compared = useComparison(original, proposal);
  if (read !== undefined && "problem" in read) return { problem: read.problem, compared };
  if (same)
    return { problem: "You have changed nothing yet. To sign it as it is, choose Approve.", compared };
  // What is signed has been shown as it differs.
  if (slow !== edit || compared.state === "working") return { problem: "Comparing your edit …", compared };
  return { problem: undefined, compared };
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
