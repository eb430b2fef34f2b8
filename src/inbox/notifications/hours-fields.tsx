import { ChecksField, ChoiceField, TextField } from "../desk/fields.tsx";
import type { Wishes } from "./mail-words.js";

interface HoursFieldsProps {
  readonly wishes: Wishes;
  readonly onChange: (part: Partial<Wishes>) => void;
}

/** What is offered to who switches quiet hours on. */
const USUAL_QUIET = { from: "22:00", until: "07:00" } as const;

export function HoursFields({ wishes, onChange }: HoursFieldsProps) {
  const { quiet, digestAt, timeZone } = wishes;
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <>
      <ChecksField
        label="Quiet hours"
        options={[{ value: "quiet", says: "No mail at some hours: what comes then is mailed when they end" }]}
        value={quiet === undefined ? [] : ["quiet"]}
        onChange={(on) => onChange({ quiet: on.length > 0 ? USUAL_QUIET : undefined })}
      />
      {quiet === undefined ? null : (
        <div className="notify-pair">
          <TextField
            label="Quiet from"
            type="time"
            value={quiet.from}
            onChange={(from) => onChange({ quiet: { ...quiet, from } })}
            required
          />
          <TextField
            label="Quiet until"
            type="time"
            value={quiet.until}
            onChange={(until) => onChange({ quiet: { ...quiet, until } })}
            required
          />
        </div>
      )}
      <TextField
        label="The daily mail comes at"
        type="time"
        value={digestAt}
        onChange={(at) => onChange({ digestAt: at })}
        required
      />
      <ChoiceField label="Time zone" value={timeZone} onChange={(zone) => onChange({ timeZone: zone })}>
        {zonesWith([timeZone, here]).map((zone) => (
          <option key={zone}>{zone}</option>
        ))}
      </ChoiceField>
      {here === timeZone ? null : (
        <button
          type="button"
          className="desk-button notify-here"
          onClick={() => onChange({ timeZone: here })}
        >
          Use {here}, as this browser does
        </button>
      )}
    </>
  );
}

/** The zones that the browser knows, and those that must be there, by name. */
function zonesWith(more: readonly string[]): string[] {
  return [...new Set(["UTC", ...Intl.supportedValuesOf("timeZone"), ...more])].sort();
}
