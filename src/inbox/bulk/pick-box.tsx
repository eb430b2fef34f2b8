import type { TicketRowFragment } from "../api/generated.js";
import { visible } from "../ticket/text/visible-text.js";
import { isPicked, whyNot } from "./selection.js";
import type { Picking } from "./use-picking.js";

interface PickBoxProps {
  readonly ticket: TicketRowFragment;
  readonly picking: Picking;
  readonly onFocus: (id: string) => void;
}

/** Selects a ticket of the list. Where that cannot be, it can still be reached, and says why. */
export function PickBox({ ticket, picking, onFocus }: PickBoxProps) {
  const { id, proposal } = ticket;
  const checked = isPicked(picking.state, id);
  const reason = checked ? undefined : whyNot(ticket, picking.opened, picking.state);
  return (
    <label className="pick" title={reason}>
      <input
        type="checkbox"
        aria-label={`Select ${visible(proposal.title)}`}
        aria-describedby={reason === undefined ? undefined : `pick-${id}`}
        aria-disabled={reason !== undefined}
        checked={checked}
        onFocus={() => onFocus(id)}
        onChange={({ nativeEvent }) => picking.press(ticket, (nativeEvent as MouseEvent).shiftKey === true)}
      />
      {reason !== undefined && (
        <span id={`pick-${id}`} className="pick-why">
          {reason}
        </span>
      )}
    </label>
  );
}
