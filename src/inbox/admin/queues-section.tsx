import type { Queue } from "./lists.js";
import type { Loaded } from "./use-loaded.js";

export function QueuesSection({ queues }: { readonly queues: Loaded<readonly Queue[]> }) {
  return (
    <section id="queues" aria-labelledby="queues-title">
      <div className="desk-bar">
        <h2 id="queues-title">Queues</h2>
      </div>
      <p className="desk-hint">
        Whoever runs the server makes them: <code>countersign queues create</code>.
      </p>
      <p role="alert" className="desk-refusal">
        {queues.refusal}
      </p>
      <ul className="desk-rows" aria-labelledby="queues-title">
        {queues.value?.map(({ name, minimumApprovals }) => (
          <li key={name} className="desk-row">
            <strong>{name}</strong>
            <p>
              {minimumApprovals === 1
                ? "one approval at least"
                : `${minimumApprovals} approvals at least, by different people`}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
