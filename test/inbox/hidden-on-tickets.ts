import type { Page } from "playwright-core";
import type { CONTROLS, Hidden, World } from "./hidden-actions-world.js";

const LONG = "x".repeat(20_001);
/** Where a ticket is. */
export const at = (ticketId: string) => `/tickets/${ticketId}`;

type Part = Omit<Hidden, "sends" | "control" | "about"> & {
  readonly ticket?: (world: World) => Promise<string>;
  readonly input?: object | ((world: World) => object);
};

/** A case about a ticket, one of an agent's unless told. */
function onTicket(
  sends: string,
  control: keyof typeof CONTROLS,
  usual: object,
  { ticket, input, ...part }: Part,
): Hidden {
  return {
    ...part,
    sends,
    control,
    about: async (world) => {
      const ticketId = await (ticket ?? ((all: World) => all.submit("an agent")))(world);
      const given = typeof input === "function" ? input(world) : input;
      return { at: at(ticketId), variables: { input: { ticketId, ...usual, ...given } } };
    },
  };
}

const APPROVAL = { revision: 1, status: "APPROVED" };
const decide = (part: Part) => onTicket("Decide", "choices", APPROVAL, part);
const sign = (part: Part) => onTicket("Decide", "sign", APPROVAL, part);

/** A ticket that has one approval of two. */
export const approvedByOne = async (world: World): Promise<string> => {
  const ticketId = await world.submit("an agent", { approvalsRequired: 2 });
  await world.does("reviewer", "Decide", { ticketId, ...APPROVAL });
  return ticketId;
};
/** A ticket that another holds. */
export const held = async (world: World): Promise<string> => {
  const ticketId = await world.submit("an agent");
  await world.does("another", "Claim", { ticketId });
  return ticketId;
};
const settled = async (world: World): Promise<string> => {
  const ticketId = await world.submit("an agent");
  await world.does("another", "Decide", { ticketId, ...APPROVAL });
  return ticketId;
};
const withdrawn = async (world: World): Promise<string> => {
  const ticketId = await world.submit("an agent");
  await world.withdraw(ticketId);
  return ticketId;
};
/** Begins to decide. */
export const choose = async (page: Page, key: string, comment: string): Promise<void> => {
  await page.keyboard.press(key);
  await page.locator(".decide-form textarea").last().fill(comment);
};
const edit = (field: string, text: string) => async (page: Page) => {
  await page.keyboard.press("e");
  await page.locator(".decide-form").getByLabel(field).fill(text);
};

/** Deciding: what keeps somebody from it, and what cannot be signed. */
export const DECIDING: readonly Hidden[] = [
  decide({ says: "an auditor decides", who: "auditor", code: "FORBIDDEN" }),
  decide({ says: "an admin decides", who: "admin", code: "FORBIDDEN" }),
  decide({ says: "a reviewer of another queue decides", who: "elsewhere", code: "FORBIDDEN" }),
  decide({ says: "somebody decides who may not see it", who: "stranger", code: "NOT_FOUND" }),
  decide({
    says: "an agent decides on their own",
    who: "agent",
    code: "FORBIDDEN",
    ticket: ({ submit }) => submit("agent"),
  }),
  decide({
    says: "a reviewer decides on what they submitted",
    who: "submitter",
    code: "OWN_SUBMISSION",
    ticket: ({ submit }) => submit("submitter"),
  }),
  decide({ says: "one approves twice", who: "reviewer", code: "ALREADY_REVIEWED", ticket: approvedByOne }),
  decide({
    says: "one decides on what another holds",
    who: "reviewer",
    code: "CLAIMED_BY_ANOTHER",
    ticket: held,
  }),
  decide({
    says: "one decides on what is settled",
    who: "reviewer",
    code: "ALREADY_DECIDED",
    ticket: settled,
  }),
  decide({
    says: "one decides on what was withdrawn",
    who: "reviewer",
    code: "NOT_PENDING",
    ticket: withdrawn,
  }),
  sign({
    says: "one signs a revision that is no longer the latest",
    who: "reviewer",
    code: "STALE_REVISION",
    begins: async (page, world, where) => {
      await choose(page, "a", "Fine.");
      await world.resubmit(where.slice(at("").length));
      await page.getByRole("alert").getByText("Revision 2 has come in.").waitFor();
    },
  }),
  sign({
    says: "one asks for changes and says none",
    who: "reviewer",
    code: "BAD_USER_INPUT",
    input: { status: "NEEDS_CHANGES" },
    begins: (page) => choose(page, "c", ""),
  }),
  sign({
    says: "one asks for changes and says spaces",
    who: "reviewer",
    code: "BAD_USER_INPUT",
    input: { status: "NEEDS_CHANGES", comments: " \n\t " },
    begins: (page) => choose(page, "c", " \n\t "),
  }),
  sign({
    says: "one says too much",
    who: "reviewer",
    code: "BAD_USER_INPUT",
    input: { comments: LONG },
    begins: (page) => choose(page, "a", LONG),
  }),
  sign({
    says: "one edits the title away",
    who: "reviewer",
    code: "BAD_USER_INPUT",
    input: { amendment: { title: " " } },
    begins: edit("Title", " "),
  }),
  sign({
    says: "one makes the title too long",
    who: "reviewer",
    code: "BAD_USER_INPUT",
    input: { amendment: { title: "x".repeat(301) } },
    begins: edit("Title", "x".repeat(301)),
  }),
  sign({
    says: "one edits nothing and signs it as an edit",
    who: "reviewer",
    code: "BAD_USER_INPUT",
    input: { amendment: { title: "Of an agent", payload: { fee: 1 } } },
    begins: (page) => page.keyboard.press("e"),
  }),
  sign({
    says: "one makes the payload a list",
    who: "reviewer",
    code: "BAD_USER_INPUT",
    input: { amendment: { title: "Other", payload: [1] } },
    begins: edit("Payload", "[1]"),
  }),
  onTicket("Decide", "amendment", APPROVAL, {
    says: "one edits and rejects",
    who: "reviewer",
    code: "BAD_USER_INPUT",
    input: { status: "REJECTED", amendment: { title: "Other" } },
    begins: (page) => choose(page, "r", "No."),
  }),
];

const claim = (part: Part) => onTicket("Claim", "claim", {}, part);
const release = (part: Part) => onTicket("Release", "release", {}, part);
const assign = (part: Part) =>
  onTicket("Assign", "assign", {}, { input: ({ ids }) => ({ assigneeId: ids.reviewer }), ...part });
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();
const snooze = (part: Part) =>
  onTicket("Snooze", "not now", {}, { input: () => ({ until: inAnHour() }), ...part });
const wake = (part: Part) => onTicket("Unsnooze", "wake", {}, part);
/** A ticket that the reviewer has put aside. */
export const asleep = async (world: World): Promise<string> => {
  const ticketId = await world.submit("an agent");
  await world.does("reviewer", "Snooze", { ticketId, until: inAnHour() });
  return ticketId;
};
const retract = (part: Part) => onTicket("Retract", "retract", { revision: 1 }, part);
const comment = (part: Part) => onTicket("Comment", "comment", { body: "A remark" }, part);

/** What else is done with a ticket. */
export const AROUND: readonly Hidden[] = [
  claim({ says: "an auditor takes a ticket", who: "auditor", code: "FORBIDDEN" }),
  claim({ says: "a reviewer of another queue takes a ticket", who: "elsewhere", code: "FORBIDDEN" }),
  claim({ says: "one takes what another holds", who: "reviewer", code: "CLAIMED_BY_ANOTHER", ticket: held }),
  claim({ says: "one takes what is settled", who: "reviewer", code: "ALREADY_DECIDED", ticket: settled }),
  claim({
    says: "one takes what one has approved",
    who: "reviewer",
    code: "ALREADY_REVIEWED",
    ticket: approvedByOne,
  }),
  claim({
    says: "one takes what one submitted",
    who: "submitter",
    code: "OWN_SUBMISSION",
    ticket: ({ submit }) => submit("submitter"),
  }),
  release({
    says: "a reviewer gives back what another holds",
    who: "reviewer",
    code: "CLAIMED_BY_ANOTHER",
    ticket: held,
  }),
  release({
    says: "an auditor gives back what another holds",
    who: "auditor",
    code: "FORBIDDEN",
    ticket: held,
  }),
  assign({ says: "an auditor hands a ticket out", who: "auditor", code: "FORBIDDEN" }),
  assign({ says: "a reviewer of another queue hands a ticket out", who: "elsewhere", code: "FORBIDDEN" }),
  assign({
    says: "an admin hands out what is settled",
    who: "admin",
    code: "ALREADY_DECIDED",
    ticket: settled,
  }),
  assign({
    says: "an agent hands their own ticket out",
    who: "agent",
    code: "FORBIDDEN",
    ticket: ({ submit }) => submit("agent"),
  }),
  snooze({ says: "an auditor puts a ticket aside", who: "auditor", code: "FORBIDDEN" }),
  snooze({ says: "a reviewer of another queue puts a ticket aside", who: "elsewhere", code: "FORBIDDEN" }),
  snooze({
    says: "an agent puts their own ticket aside",
    who: "agent",
    code: "FORBIDDEN",
    ticket: ({ submit }) => submit("agent"),
  }),
  snooze({
    says: "one puts aside what one submitted",
    who: "submitter",
    code: "OWN_SUBMISSION",
    ticket: ({ submit }) => submit("submitter"),
  }),
  snooze({
    says: "one puts aside what one has approved",
    who: "reviewer",
    code: "ALREADY_REVIEWED",
    ticket: approvedByOne,
  }),
  snooze({
    says: "one puts aside what is settled",
    who: "reviewer",
    code: "ALREADY_DECIDED",
    ticket: settled,
  }),
  wake({
    says: "an auditor wakes what a reviewer has put aside",
    who: "auditor",
    code: "FORBIDDEN",
    ticket: asleep,
  }),
  wake({
    says: "a reviewer of another queue wakes what another has put aside",
    who: "elsewhere",
    code: "FORBIDDEN",
    ticket: asleep,
  }),
  retract({
    says: "one takes back an approval that one has not given",
    who: "reviewer",
    code: "BAD_USER_INPUT",
  }),
  retract({
    says: "one takes back another's approval",
    who: "another",
    code: "BAD_USER_INPUT",
    ticket: approvedByOne,
  }),
  retract({
    says: "one takes back what is settled",
    who: "another",
    code: "ALREADY_DECIDED",
    ticket: settled,
  }),
  retract({
    says: "an auditor takes an approval back",
    who: "auditor",
    code: "FORBIDDEN",
    ticket: approvedByOne,
  }),
  comment({ says: "an auditor comments", who: "auditor", code: "FORBIDDEN" }),
  comment({ says: "an admin comments", who: "admin", code: "FORBIDDEN" }),
  comment({ says: "a reviewer of another queue comments", who: "elsewhere", code: "FORBIDDEN" }),
  comment({
    says: "one comments without a word",
    who: "reviewer",
    code: "BAD_USER_INPUT",
    input: { body: " " },
  }),
  comment({
    says: "one comments at too great a length",
    who: "reviewer",
    code: "BAD_USER_INPUT",
    input: { body: LONG },
    begins: (page) => page.getByLabel("Comment, without deciding").fill(LONG),
  }),
];
