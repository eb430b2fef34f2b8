import { useState } from "react";
import { Button } from "react-aria-components";
import type { Queue } from "./lists.js";
import { ChangeQueueDialog, CreateQueueDialog } from "./queue-dialogs.tsx";
import { RowMenu } from "./row-menu.tsx";
import type { Loaded } from "./use-loaded.js";

interface QueuesSectionProps {
  readonly queues: Loaded<readonly Queue[]>;
  /** Whether the viewer manages them, or only sees them. */
  readonly manages: boolean;
}

export function QueuesSection({ queues, manages }: QueuesSectionProps) {
  const [asked, setAsked] = useState<Queue | "new">();
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
          <Button className="desk-button desk-button-main" onPress={() => setAsked("new")}>
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
            <span />
            <RowMenu
              of={queue.name}
              actions={manages ? [{ says: "Change …", run: () => setAsked(queue) }] : []}
            />
          </li>
        ))}
      </ul>
      {asked === "new" ? <CreateQueueDialog onClose={close} onDone={done("The queue was made.")} /> : null}
      {asked === undefined || asked === "new" ? null : (
        <ChangeQueueDialog queue={asked} onClose={close} onDone={done(`${asked.name} was changed.`)} />
      )}
    </section>
  );
}
