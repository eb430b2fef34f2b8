import { useEffect, useState } from "react";
import { ChoiceField, TextField } from "../desk/fields.tsx";
import { EVENT_GROUPS } from "./event-types.js";

/** What is listed, as the URL says it; empty for everything. */
export interface Choice {
  readonly type: string;
  readonly ticket: string;
  readonly actor: string;
}

interface TrailFiltersProps {
  readonly choice: Choice;
  readonly onChange: (choice: Choice) => void;
}

export function TrailFilters({ choice, onChange }: TrailFiltersProps) {
  const [ticket, setTicket] = useState(choice.ticket);
  // The URL may change by itself: back, or a link.
  useEffect(() => setTicket(choice.ticket), [choice.ticket]);
  return (
    <form
      className="audit-filters"
      aria-label="What is listed"
      onSubmit={(event) => {
        event.preventDefault();
        onChange({ ...choice, ticket: ticket.trim() });
      }}
      onBlur={() => {
        if (ticket.trim() !== choice.ticket) onChange({ ...choice, ticket: ticket.trim() });
      }}
    >
      <ChoiceField label="Type" value={choice.type} onChange={(type) => onChange({ ...choice, type })}>
        <option value="">Every event</option>
        {EVENT_GROUPS.map(({ id, says, types }) => (
          <optgroup key={id} label={says}>
            <option value={id}>{says}: all</option>
            {Object.entries(types).map(([type, name]) => (
              <option key={type} value={type}>
                {name}
              </option>
            ))}
          </optgroup>
        ))}
      </ChoiceField>
      <TextField label="Ticket" value={ticket} onChange={setTicket} hint="Its whole id, then Enter" />
      <TextField
        label="Who"
        value={choice.actor}
        onChange={(actor) => onChange({ ...choice, actor })}
        hint="Part of a name or id"
      />
      {/* Without one, Enter sends no form that has two fields. */}
      <button type="submit" hidden />
    </form>
  );
}
