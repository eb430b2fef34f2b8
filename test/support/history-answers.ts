import type { GqlAnswer } from "./graphql-client.js";
import type {
  DecisionView,
  Fact,
  SignedView,
  TicketInput,
  TicketOutput,
  TicketView,
} from "./history-model.js";

const DECISION = "decision { status revision comments decidedBy { id } proposal { title } }";
/** Only what one answer shows as of one moment: proposals never change, and all else here is of one reading of the ticket. */
const TICKET = `status revision proposal { title } assignee { id } viewerCannotDecideReasons ${DECISION}`;

/** The operation of the API for each kind of input. */
export const DOCUMENTS: Readonly<Record<TicketInput["kind"], string>> = {
  decide: mutation("decideTicket", "DecideTicketInput", DECISION),
  retract: mutation("retractReview", "RetractReviewInput"),
  resubmit: mutation("resubmitReview", "ResubmitReviewInput"),
  withdraw: mutation("withdrawReview", "WithdrawReviewInput"),
  claim: mutation("claimTicket", "ClaimTicketInput"),
  release: mutation("releaseTicket", "ReleaseTicketInput"),
  readTicket: `query ($id: ID!) { answer: ticket(id: $id) { ${TICKET} } }`,
  readDecision: `query ($id: ID!) { answer: ${DECISION.replace("decision", "decision(ticketId: $id)")} }`,
};

function mutation(name: string, type: string, more = ""): string {
  return `mutation ($input: ${type}!) { answer: ${name}(input: $input) { ticket { ${TICKET} } ${more} } }`;
}

/** The variables that go with the document. */
export function variablesOf(ticketId: string, input: TicketInput): Readonly<Record<string, unknown>> {
  switch (input.kind) {
    case "readTicket":
    case "readDecision":
      return { id: ticketId };
    case "claim":
    case "release":
      return { input: { ticketId } };
    case "retract":
      return { input: { ticketId, revision: input.revision } };
    case "resubmit":
      return {
        input: { ticketId, title: input.title, revision: input.answers, idempotencyKey: input.key },
      };
    case "withdraw":
      return { input: { ticketId, reason: input.reason, idempotencyKey: input.key } };
    case "decide": {
      const { revision, outcome, comments, amendment } = input.word;
      const amended = amendment === null ? {} : { amendment: { title: amendment } };
      const word = { revision, status: outcome, comments, ...amended };
      return { input: { ticketId, ...word, idempotencyKey: input.key } };
    }
  }
}

interface ShownDecision {
  readonly status: DecisionView["status"];
  readonly revision: number;
  readonly comments: string | null;
  readonly decidedBy: { readonly id: string } | null;
  readonly proposal: { readonly title: string };
}
interface ShownTicket {
  readonly status: DecisionView["status"];
  readonly revision: number;
  readonly proposal: { readonly title: string };
  readonly assignee: { readonly id: string } | null;
  readonly viewerCannotDecideReasons: readonly string[];
  readonly decision: ShownDecision;
}

/** What the API answers with. */
export interface TicketAnswer {
  readonly answer: unknown;
}

/**
 * An answer in the model's terms; undefined where it leaves open what has happened.
 * @param nameOf principals' names by their ids
 */
export function outputOf(
  kind: TicketInput["kind"],
  { data, errors }: GqlAnswer<TicketAnswer>,
  nameOf: (id: string) => string,
): TicketOutput | undefined {
  const [error] = errors;
  if (error?.extensions.code === "UNAVAILABLE") return undefined;
  if (error !== undefined) {
    const { code, ...details } = error.extensions;
    return { refused: String(code), fact: factOf(String(code), details, nameOf) ?? error.message };
  }
  if (data === null || data === undefined) throw new Error("neither data nor an error");
  if (kind === "readDecision")
    return { ticket: null, decision: signedView(data.answer as ShownDecision, nameOf) };
  if (kind === "readTicket")
    return { ticket: ticketView(data.answer as ShownTicket, nameOf), decision: null };
  const { ticket, decision } = data.answer as { ticket: ShownTicket; decision?: ShownDecision };
  return {
    ticket: ticketView(ticket, nameOf),
    decision: decision === undefined ? null : signedView(decision, nameOf),
  };
}

function factOf(
  code: string,
  details: Readonly<Record<string, unknown>>,
  nameOf: (id: string) => string,
): Fact | undefined {
  switch (code) {
    case "ALREADY_DECIDED":
    case "NOT_PENDING":
      return decisionView(details.decision as ShownDecision, nameOf);
    case "STALE_REVISION":
      return details.currentRevision as number;
    case "CLAIMED_BY_ANOTHER":
      return nameOf((details.assignee as { readonly id: string }).id);
    case "ALREADY_REVIEWED":
    case "OWN_SUBMISSION":
      return details.revision as number;
    case "BAD_USER_INPUT":
    case "IDEMPOTENCY_CONFLICT":
      return details.field as string;
    default:
      return undefined;
  }
}

function ticketView(shown: ShownTicket, nameOf: (id: string) => string): TicketView {
  const { status, revision, proposal, assignee, viewerCannotDecideReasons, decision } = shown;
  return {
    status,
    revision,
    title: proposal.title,
    assignee: assignee === null ? null : nameOf(assignee.id),
    obstacles: viewerCannotDecideReasons,
    decision: signedView(decision, nameOf),
  };
}

function signedView(shown: ShownDecision, nameOf: (id: string) => string): SignedView {
  return { ...decisionView(shown, nameOf), title: shown.proposal.title };
}

function decisionView(shown: ShownDecision, nameOf: (id: string) => string): DecisionView {
  const { status, revision, comments, decidedBy } = shown;
  return { status, revision, comments, by: decidedBy === null ? null : nameOf(decidedBy.id) };
}
