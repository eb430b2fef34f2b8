import type { Linearization } from "./history-checker.js";
import {
  type DecisionView,
  type Fact,
  type TicketFacts,
  type TicketInput,
  type TicketModelState,
  type TicketOutput,
  type TicketView,
  ticketModel,
} from "./history-model.js";
import type { RecordedOperation } from "./history-run.js";

/** A history that no order explains, for whoever has to find out why: who did what when, and how far an order goes. */
export function describeHistory(
  facts: TicketFacts,
  history: readonly RecordedOperation[],
  { order, state }: Linearization<TicketModelState>,
): string {
  const start = Math.min(...history.map(({ invoked }) => invoked));
  const rows = history
    .map((operation, index) => ({ operation, index }))
    .sort((a, b) => a.operation.invoked - b.operation.invoked);
  const line = ({ operation, index }: (typeof rows)[number]): string => {
    const { input, invoked, answered, client, server } = operation;
    const from = (invoked - start).toFixed(1).padStart(9);
    const to = (answered === undefined ? "never" : (answered.at - start).toFixed(1)).padStart(9);
    const place = order.indexOf(index);
    const ordered = (place < 0 ? "-" : `${place + 1}.`).padStart(4);
    const what = answered === undefined ? "unknown" : textOfOutput(answered.output);
    return `${ordered} ${from} ${to}  server ${server}  ${client.padEnd(9)}  ${textOfInput(input)}\n${" ".repeat(26)}→ ${what}`;
  };
  const model = ticketModel(facts);
  const stuck = rows
    .filter(({ index, operation }) => !order.includes(index) && operation.answered !== undefined)
    .slice(0, 5)
    .map(({ operation }) => {
      const { output } = model.step(state, operation.input);
      return `  ${textOfInput(operation.input)}\n    would be answered: ${textOfOutput(output)}`;
    });
  return [
    `${facts.required} approval(s) required. Order, sent and answered (ms), by whom, what, and the answer:`,
    ...rows.map(line),
    `The longest order found ends in ${JSON.stringify({ ...state, remembered: state.remembered.map(({ scope }) => scope) })}`,
    "After that, by the model,",
    ...stuck,
  ].join("\n");
}

/** An operation in a line. */
export function textOfInput(input: TicketInput): string {
  const key = "key" in input && input.key !== null ? ` under key ${input.key}` : "";
  const detail = (): string => {
    switch (input.kind) {
      case "decide": {
        const { revision, outcome, comments, amendment } = input.word;
        return ` ${outcome} on ${revision}, ${quoted(comments)}${amendment === null ? "" : `, amended to ${quoted(amendment)}`}`;
      }
      case "retract":
        return ` on ${input.revision}`;
      case "resubmit":
        return ` ${quoted(input.title)}${input.answers === null ? "" : ` in answer to ${input.answers}`}`;
      case "withdraw":
        return ` ${quoted(input.reason)}`;
      default:
        return "";
    }
  };
  return `${input.by}: ${input.kind}${detail()}${key}`;
}

function textOfOutput(output: TicketOutput): string {
  if ("refused" in output) return `${output.refused} (${textOfFact(output.fact)})`;
  const parts = [
    output.ticket === null ? "" : textOfTicket(output.ticket),
    output.decision === null
      ? ""
      : `decision: ${textOfDecision(output.decision)} about ${quoted(output.decision.title)}`,
  ];
  return parts.filter((part) => part !== "").join("; ");
}

function textOfTicket({ status, revision, title, assignee, obstacles, decision }: TicketView): string {
  const held = assignee === null ? "" : `, held by ${assignee}`;
  return `${status} ${revision} ${quoted(title)}${held} [${obstacles.join(" ")}] ${textOfDecision(decision)}`;
}

function textOfFact(fact: Fact): string {
  return typeof fact === "object" && fact !== null ? textOfDecision(fact) : String(fact);
}

function textOfDecision({ status, revision, comments, by }: DecisionView): string {
  return status === "PENDING" ? `PENDING ${revision}` : `${status} ${revision} by ${by}, ${quoted(comments)}`;
}

function quoted(text: string | null): string {
  return text === null ? "without a word" : `"${text}"`;
}
