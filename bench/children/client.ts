import { randomUUID } from "node:crypto";
import { DECIDE, DECISION, proposalNumber, SUBMIT } from "../harness/operations.js";
import type { LoadResult, Task } from "../harness/tasks.js";
import { answer } from "./answer.js";
import { httpLoad } from "./http-load.js";
import { makeNoise } from "./noise.js";
import { steadyLoad } from "./steady-load.js";
import { WaitingAgents } from "./waiting-agents.js";

const agents = new WaitingAgents();

answer(async (task: Task): Promise<unknown> => {
  switch (task.kind) {
    case "submit":
      return submit(task);
    case "decide":
      return httpLoad(task.target, task.tickets.length, (index) => ({
        query: DECIDE,
        variables: {
          input: {
            ticketId: task.tickets[index],
            revision: 1,
            status: "APPROVED",
            comments: "Looks good.",
            ...(task.idempotency ? { idempotencyKey: randomUUID() } : {}),
          },
        },
      }));
    case "read": {
      const { tickets, seconds } = task;
      const read = (index: number): object => ({
        query: DECISION,
        variables: { ticketId: tickets[index % tickets.length] },
      });
      return seconds === undefined
        ? httpLoad(task.target, tickets.length, read)
        : httpLoad(task.target, Number.POSITIVE_INFINITY, read, { seconds });
    }
    case "connect":
      return agents.connect(task.url, task.keys);
    case "wait":
      return agents.wait(task.places);
    case "decideWhileWaiting":
      return agents.decide(task.target, task.tickets, task.perSecond);
    case "steady":
      return steadyLoad(task);
    case "noise":
      return makeNoise(task);
  }
});

async function submit({ target, count, idempotency }: Task & { kind: "submit" }): Promise<LoadResult> {
  const tickets: string[] = [];
  const result = await httpLoad(
    target,
    count,
    (index) => ({
      query: SUBMIT,
      variables: {
        input: {
          ...proposalNumber(index),
          ...(idempotency ? { idempotencyKey: randomUUID() } : {}),
        },
      },
    }),
    {
      onAnswer: (body, index) => {
        const [id] = /ticket_[0-9a-z]{26}/.exec(body) ?? [];
        if (id === undefined) throw new Error(`no ticket in ${body}`);
        tickets[index] = id;
      },
    },
  );
  return { ...result, tickets };
}
