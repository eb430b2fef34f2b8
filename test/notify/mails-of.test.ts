import { describe, expect, it } from "vitest";
import type { Actor, Role } from "../../src/domain/principal.js";
import { mailPreference, type QueuePreference } from "../../src/notify/preferences/mail-preference.js";
import {
  type MailMember,
  type MailOccasion,
  mailsOf,
  occasionOf,
} from "../../src/notify/preferences/mails-of.js";
import { USUAL_HOURS } from "../../src/notify/preferences/when-to-send.js";

const NOW = Date.parse("2026-11-23T23:00:00Z");
const MORNING = Date.parse("2026-11-24T07:00:00Z");

interface Given extends Partial<Omit<MailMember, "member">> {
  readonly roles?: readonly Role[];
  readonly queues?: readonly string[] | null;
  readonly kind?: Actor["kind"];
}

function person(
  id: string,
  { roles = ["REVIEWER"], queues = null, kind = "HUMAN", ...more }: Given = {},
): MailMember {
  const member: Actor = { id, name: id, kind, workspaceId: "w", roles, queues };
  return { member, reachable: true, preferences: [], hours: USUAL_HOURS, ...more };
}

const said = (queue: string, mail: QueuePreference["mail"]): Given => ({ preferences: [{ queue, mail }] });
const cameIn = (...parties: string[]): MailOccasion => ({ kind: "CAME_IN", queue: "loans", parties });
const mailed = (occasion: MailOccasion, members: MailMember[]): string[] =>
  mailsOf(occasion, members, NOW).map(({ principalId, how }) =>
    how === "DIGEST" ? `${principalId}, gathered` : principalId,
  );

const EVERYBODY = [
  person("ada"),
  person("grace", { queues: ["loans", "claims"] }),
  person("elsewhere", { queues: ["claims"] }),
  person("nowhere", { queues: [] }),
  person("auditor", { roles: ["AUDITOR"] }),
  person("admin", { roles: ["ADMIN"] }),
  person("agent", { kind: "AGENT", roles: ["AGENT"] }),
  person("machine", { kind: "AGENT", roles: ["REVIEWER"] }),
  person("gone", { reachable: false }),
  person("off", said("loans", "OFF")),
  person("off in general", said("", "OFF")),
  person("gathers", said("", "DIGEST")),
];

describe("what somebody wants to hear of a queue", () => {
  it.each([
    [[], "SINGLE"],
    [[{ queue: "", mail: "OFF" }], "OFF"],
    [[{ queue: "claims", mail: "OFF" }], "SINGLE"],
    [
      [
        { queue: "", mail: "OFF" },
        { queue: "loans", mail: "DIGEST" },
      ],
      "DIGEST",
    ],
    [
      [
        { queue: "loans", mail: "SINGLE" },
        { queue: "", mail: "OFF" },
      ],
      "SINGLE",
    ],
  ] as [QueuePreference[], string][])("is, with %j, %s", (rows, wanted) => {
    expect(mailPreference(rows, "loans")).toBe(wanted);
  });
});

describe("who is mailed", () => {
  it("when a revision comes in: the reviewers of the queue who want it, in the way that they want it", () => {
    expect(mailed(cameIn("agent"), EVERYBODY)).toEqual(["ada", "grace", "gathers, gathered"]);
  });

  it("when a revision comes in: not who submitted it, nor who stands behind that", () => {
    expect(mailed(cameIn("ada", "grace"), EVERYBODY)).toEqual(["gathers, gathered"]);
  });

  it("when a ticket is assigned: who has it now, at once, unless they took it or want no mail", () => {
    const assigned = (assigneeId: string, by: string): MailOccasion => ({
      kind: "ASSIGNED",
      queue: "loans",
      assigneeId,
      by,
    });
    expect(mailed(assigned("grace", "ada"), EVERYBODY)).toEqual(["grace"]);
    expect(mailed(assigned("gathers", "ada"), EVERYBODY)).toEqual(["gathers"]);
    for (const id of ["off", "off in general", "gone", "nobody"])
      expect(mailed(assigned(id, "ada"), EVERYBODY)).toEqual([]);
    expect(mailed(assigned("grace", "grace"), EVERYBODY)).toEqual([]);
  });

  const reminder = (more: object): MailOccasion => ({
    kind: "REMINDER",
    queue: "loans",
    parties: [],
    assigneeId: null,
    reviewedBy: [],
    ...more,
  });

  it("by a reminder: who holds the ticket, and otherwise the reviewers who can still do something", () => {
    expect(mailed(reminder({ assigneeId: "grace" }), EVERYBODY)).toEqual(["grace"]);
    expect(mailed(reminder({}), EVERYBODY)).toEqual(["ada", "grace", "gathers"]);
    expect(mailed(reminder({ parties: ["ada"], reviewedBy: ["grace"] }), EVERYBODY)).toEqual(["gathers"]);
  });

  it("by an escalation: the second group, of whatever queue, unless they switched it off or lost the right", () => {
    const to = EVERYBODY.map(({ member }) => member.id);
    expect(mailed({ kind: "ESCALATION", queue: "loans", to }, EVERYBODY)).toEqual([
      "ada",
      "grace",
      "elsewhere",
      "nowhere",
      "admin",
      "gathers",
    ]);
    expect(mailed({ kind: "ESCALATION", queue: "loans", to: ["admin"] }, EVERYBODY)).toEqual(["admin"]);
  });

  it("waits for the end of quiet hours, whatever the occasion", () => {
    const quiet = { hours: { ...USUAL_HOURS, quiet: { from: 22 * 60, until: 7 * 60 } } };
    const asleep = [person("ada", quiet)];
    const occasions: MailOccasion[] = [
      cameIn(),
      reminder({}),
      { kind: "ESCALATION", queue: "loans", to: ["ada"] },
    ];
    for (const occasion of occasions)
      expect(mailsOf(occasion, asleep, NOW)).toEqual([{ principalId: "ada", how: "SINGLE", dueAt: MORNING }]);
  });
});

describe("the occasion that an event is", () => {
  const ticket = { queue: "loans", submittedBy: "agent", revisionFor: "behind", approvalsRequired: 1 };
  const event = (type: string, data: object, id = "agent") =>
    occasionOf(
      { type, actor: { id, name: id, kind: "AGENT" }, data } as Parameters<typeof occasionOf>[0],
      ticket,
    );

  it("is that something came in, and who stands behind it, then or later", () => {
    expect(event("SUBMITTED", { onBehalfOf: "owner" })).toMatchObject({
      parties: ["agent", "agent", "behind", "owner"],
    });
    expect(event("RESUBMITTED", { amendment: false })).toMatchObject({
      kind: "CAME_IN",
      parties: ["agent", "agent", "behind"],
    });
  });

  it("is one where a reviewer amends what others must approve too", () => {
    const data = { amendment: true };
    const amended = { type: "RESUBMITTED", actor: { id: "ada", name: "Ada", kind: "HUMAN" }, data } as const;
    expect(occasionOf(amended, { ...ticket, approvalsRequired: 2 })).toMatchObject({
      kind: "CAME_IN",
      parties: ["ada", "agent", "behind"],
    });
  });

  it("is none where a reviewer amends on approval, nor for anything else", () => {
    expect(event("RESUBMITTED", { amendment: true }, "ada")).toBeUndefined();
    for (const type of ["CLAIMED", "REVIEWED", "DECIDED", "COMMENTED", "NOTIFIED", "SNOOZED"])
      expect(event(type, { assigneeId: "x" })).toBeUndefined();
    expect(event("ASSIGNED", { assigneeId: "ada" }, "boss")).toMatchObject({ assigneeId: "ada", by: "boss" });
  });
});
