import { type FormEvent, useState } from "react";
import type { MailPreference, OwnNotificationsFragment } from "../api/generated.js";
import { BusyButton } from "../desk/busy-button.tsx";
import { wordsOf } from "../desk/desk-client.js";
import { ChoiceField } from "../desk/fields.tsx";
import { HoursFields } from "./hours-fields.tsx";
import { CHOICES, inWords, type Wishes } from "./mail-words.js";
import { sameWishes, saveWishes, wishesOf } from "./save-wishes.js";

interface WishesFormProps {
  readonly saved: OwnNotificationsFragment;
  /** Those that may be said something of. */
  readonly queues: readonly string[];
  readonly onSaved: (saved: OwnNotificationsFragment) => void;
}

/** Everything that one can choose, saved together; what it comes to is said while one chooses. */
export function WishesForm({ saved, queues, onSaved }: WishesFormProps) {
  const before = wishesOf(saved);
  const [wishes, setWishes] = useState(before);
  const { busy, refusal, done, save, touched } = useSaving(wishes, before, onSaved);
  const change = (part: Partial<Wishes>): void => {
    touched();
    setWishes({ ...wishes, ...part });
  };
  const isSaved = sameWishes(wishes, before);
  return (
    <form className="desk-form notify-form" onSubmit={save}>
      <section aria-labelledby="notify-what">
        <h2 id="notify-what">New tickets</h2>
        <ChoiceField
          label="In general"
          value={wishes.mail}
          onChange={(mail) => change({ mail: mail as MailPreference })}
        >
          <Choices />
        </ChoiceField>
        <QueueFields
          names={[...new Set([...queues, ...Object.keys(wishes.queues)])]}
          wishes={wishes}
          onChange={(own) => change({ queues: own })}
        />
        <p className="desk-hint">
          An assignment, a reminder before a due time, and a ticket that is late come as a mail of their own
          even with one mail a day. “No mail” is none of these either.
        </p>
      </section>
      <section aria-labelledby="notify-when">
        <h2 id="notify-when">When</h2>
        <HoursFields wishes={wishes} onChange={change} />
      </section>
      <section aria-labelledby="notify-words" className="notify-words">
        <h2 id="notify-words">What this comes to</h2>
        <ul>
          {inWords(wishes).map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </section>
      <p role="alert" className="desk-refusal">
        {refusal}
      </p>
      <div className="desk-actions notify-actions">
        <p role="status" className="desk-hint">
          {busy ? "Saving …" : isSaved ? done : "Not saved yet."}
        </p>
        <BusyButton says="Save" busy={busy} look="main" />
      </div>
    </form>
  );
}

/** One save at a time; what was chosen stays where it is refused. */
function useSaving(wishes: Wishes, before: Wishes, onSaved: WishesFormProps["onSaved"]) {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState("");
  const [done, setDone] = useState("");
  const run = async (): Promise<void> => {
    setBusy(true);
    setRefusal("");
    try {
      await saveWishes(wishes, before, onSaved);
      setDone("Saved.");
    } catch (error) {
      setRefusal(wordsOf(error));
    } finally {
      setBusy(false);
    }
  };
  const save = (event: FormEvent): void => {
    event.preventDefault();
    if (!busy) void run();
  };
  const touched = (): void => {
    setRefusal("");
    setDone("");
  };
  return { busy, refusal, done, save, touched };
}

interface QueueFieldsProps {
  readonly names: readonly string[];
  readonly wishes: Wishes;
  readonly onChange: (queues: Wishes["queues"]) => void;
}

function QueueFields({ names, wishes, onChange }: QueueFieldsProps) {
  const choose = (name: string, mail: string): void => {
    const { [name]: _, ...others } = wishes.queues;
    onChange(mail === "" ? others : { ...others, [name]: mail as MailPreference });
  };
  const general = CHOICES.find(({ value }) => value === wishes.mail)?.says.toLowerCase();
  return (
    <div className="notify-queues">
      {names.map((name) => (
        <ChoiceField
          key={name}
          label={`Queue ${name}`}
          value={wishes.queues[name] ?? ""}
          onChange={(mail) => choose(name, mail)}
        >
          <option value="">As in general: {general}</option>
          <Choices />
        </ChoiceField>
      ))}
    </div>
  );
}

function Choices() {
  return CHOICES.map(({ value, says }) => (
    <option key={value} value={value}>
      {says}
    </option>
  ));
}
