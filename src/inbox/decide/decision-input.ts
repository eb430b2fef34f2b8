import type { AmendmentInput, ReviewOutcome } from "../api/generated.js";
import type { ProposalContent } from "../ticket/text/compare-proposals.js";
import { denseJson } from "../ticket/text/dense-json.js";
import { prettyJson } from "../ticket/text/pretty-json.js";
import type { Draft, Edit } from "./draft.js";
import { type Choice, DECIDE_LIMITS } from "./outcomes.js";
import type { DecisionInput } from "./send-decision.js";

const OUTCOMES: Readonly<Record<Choice, ReviewOutcome>> = {
  APPROVE: "APPROVED",
  REJECT: "REJECTED",
  CHANGES: "NEEDS_CHANGES",
  EDIT: "APPROVED",
};

/** An edit that begins with the proposal as it is. */
export function editOf({ title, detail, payload }: ProposalContent): Edit {
  return { title, detail: detail ?? "", payload: payload === null ? "" : editable(payload) };
}

/** What is written as a proposal, or why it is none. */
export type ReadEdit = { readonly proposal: ProposalContent } | { readonly problem: string };

/** Reads an edit. An empty text or payload means that there is none. */
export function readEdit({ title, detail, payload }: Edit): ReadEdit {
  if (title.trim() === "") return { problem: "The title is empty." };
  const long =
    tooLong("The title", title, DECIDE_LIMITS.title) ?? tooLong("The text", detail, DECIDE_LIMITS.detail);
  if (long !== undefined) return { problem: long };
  const text = detail === "" ? null : detail;
  if (payload.trim() === "") return { proposal: { title, detail: text, payload: null } };
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch (error) {
    return { problem: `The payload is not valid JSON: ${error instanceof Error ? error.message : ""}` };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { problem: "The payload must be an object: it begins with { and ends with }." };
  }
  if (new TextEncoder().encode(JSON.stringify(value)).length > DECIDE_LIMITS.payloadBytes) {
    return { problem: `The payload is larger than ${DECIDE_LIMITS.payloadBytes / 1024} KB.` };
  }
  return { proposal: { title, detail: text, payload: value as Record<string, unknown> } };
}

/** Why a comment cannot be sent; undefined where it can. */
export function commentProblem(choice: Choice, comment: string): string | undefined {
  if (choice === "CHANGES" && comment.trim() === "") return "Say what has to change.";
  return tooLong("The comment", comment, DECIDE_LIMITS.comments);
}

function tooLong(what: string, text: string, most: number): string | undefined {
  if (text.length <= most) return undefined;
  const number = (count: number) => count.toLocaleString("en");
  return `${what} may have ${number(most)} characters; this has ${number(text.length)}.`;
}

/** What a draft says, as the API takes it. */
export function decisionInput(ticketId: string, revision: number, draft: Draft): DecisionInput | undefined {
  const comments = draft.comment.trim() === "" ? {} : { comments: draft.comment };
  const input = { ticketId, revision, status: OUTCOMES[draft.choice], ...comments };
  if (draft.choice !== "EDIT") return input;
  const read = draft.edit === null ? undefined : readEdit(draft.edit);
  if (read === undefined || "problem" in read) return undefined;
  const amendment: AmendmentInput = {
    title: read.proposal.title,
    detail: read.proposal.detail,
    payload: read.proposal.payload,
  };
  return { ...input, amendment };
}

/** Lines up to which a payload is edited as it is usually written. */
const USUAL_LINES = 200;

function editable(payload: unknown): string {
  const usual = prettyJson(payload);
  return usual.split("\n", USUAL_LINES + 1).length <= USUAL_LINES ? usual : denseJson(payload);
}
