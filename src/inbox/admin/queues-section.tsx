import { useState } from "react";
import { Button } from "react-aria-components";
import type { Member, Queue } from "./lists.js";
import { ChangeQueueDialog, CreateQueueDialog } from "./queue-dialogs.tsx";
import { QueueNoticeDialog } from "./queue-notice-dialog.tsx";
import { RowMenu } from "./row-menu.tsx";
import type { Loaded } from "./use-loaded.js";

interface QueuesSectionProps {
  readonly queues: Loaded<readonly Queue[]>;
  /** Whom late tickets may go on to. */
  readonly members: readonly Member[];
  /** Whether the viewer manages them, or only sees them. */
  readonly manages: boolean;
}

/** What is being done: about a queue, or to a new one. */
interface Asked {
  readonly what: "approvals" | "due times" | "new";
  readonly queue?: Queue;
}

export function QueuesSection({ queues, members, manages }: QueuesSectionProps) {
  const [asked, setAsked] = useState<Asked>();
  const [said, setSaid] = useState("");
  const close = (): void => setAsked(undefined);
  const done = (words: string) => (): void => {
    close();
    setSaid(words);
    queues.reload();
  };
  return (
    <section id="queues" aria-labelledby="queues-title">
      <div className="desk-bar">
        <h2 id="queues-title">Queues</h2>
        {manages ? (
          <Button className="desk-button desk-button-main" onPress={() => setAsked({ what: "new" })}>
            Make a queue
          </Button>
        ) : null}
      </div>
      <p role="status" className="desk-hint">
        {said}
      </p>
      <p role="alert" className="desk-refusal">
        {queues.refusal}
      </p>
      <ul className="desk-rows" aria-labelledby="queues-title">
        {queues.value?.map((queue) => (
          <li key={queue.name} className="desk-row">
            <strong>{queue.name}</strong>
            <p>
              {queue.minimumApprovals === 1
                ? "one approval at least"
                : `${queue.minimumApprovals} approvals at least, by different people`}
            </p>
            <p className="desk-quiet">{noticeWords(queue)}</p>
            <RowMenu of={queue.name} actions={manages ? actionsOn(queue, setAsked) : []} />
          </li>
        ))}
      </ul>
      {asked?.what === "new" ? (
        <CreateQueueDialog onClose={close} onDone={done("The queue was made.")} />
      ) : null}
      {asked?.what === "approvals" && asked.queue !== undefined ? (
        <ChangeQueueDialog
          queue={asked.queue}
          onClose={close}
          onDone={done(`${asked.queue.name} was changed.`)}
        />
      ) : null}
      {asked?.what === "due times" && asked.queue !== undefined ? (
        <QueueNoticeDialog
          queue={asked.queue}
          members={members}
          onClose={close}
          onDone={done(`What ${asked.queue.name} does about due times was changed.`)}
        />
      ) : null}
    </section>
  );
}

function actionsOn(queue: Queue, ask: (asked: Asked) => void) {
  return [
    { says: "Change …", run: () => ask({ what: "approvals", queue }) },
    { says: "Due times …", run: () => ask({ what: "due times", queue }) },
  ];
}

/** What a queue does about due times, where it does anything. */
function noticeWords({ notice }: Queue): string {
  const { remindMinutes, escalateMinutes, escalateTo = [] } = notice ?? {};
  const reminds =
    typeof remindMinutes === "number" ? [`reminds ${minutesInWords(remindMinutes)} before`] : [];
  const told = escalateTo.length === 1 ? "1 member" : `${escalateTo.length} members`;
  const escalates =
    typeof escalateMinutes === "number" ? [`tells ${told} ${minutesInWords(escalateMinutes)} after`] : [];
  const parts = [...reminds, ...escalates];
  return parts.length === 0 ? "" : `${parts.join(", ")} the due time`;
}

function minutesInWords(minutes: number): string {
  if (minutes === 0) return "at once";
  if (minutes % 1_440 === 0) return minutes === 1_440 ? "a day" : `${minutes / 1_440} days`;
  if (minutes % 60 === 0) return minutes === 60 ? "an hour" : `${minutes / 60} hours`;
  return minutes === 1 ? "a minute" : `${minutes} minutes`;
}
