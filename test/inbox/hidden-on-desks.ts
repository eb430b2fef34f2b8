import type { Page } from "playwright-core";
import type { CONTROLS, Hidden, World } from "./hidden-actions-world.js";

/** A case about a page of its own. */
function onPage(
  where: string,
  sends: string,
  control: keyof typeof CONTROLS,
  variables: (world: World) => Readonly<Record<string, unknown>>,
): (part: Pick<Hidden, "says" | "who" | "code" | "begins">) => Hidden {
  return (part) => ({
    ...part,
    sends,
    control,
    about: async (world) => ({ at: where, variables: variables(world) }),
  });
}

const verify = onPage("/audit", "VerifyAudit", "verify", () => ({ waitSeconds: 0 }));
const save = onPage("/audit", "/audit/export", "whole record", () => ({}));
const list = onPage("/admin", "Members", "members", () => ({ first: 5, includeRemoved: true }));
const invite = onPage("/admin", "InviteMember", "invite", () => ({
  input: { email: "new@example.org", roles: ["ADMIN"] },
}));
const makeQueue = onPage("/admin", "CreateQueue", "make a queue", () => ({
  input: { name: "back-door", minimumApprovals: 1 },
}));
const changeQueue = onPage("/admin", "ChangeQueue", "what is done with a queue", () => ({
  input: { name: "default", minimumApprovals: 20 },
}));
const setNotice = onPage("/admin", "SetQueueNotice", "what is done with a queue", () => ({
  input: { queue: "default", remindMinutes: 5 },
}));
const seeEndpoints = onPage("/admin", "Endpoints", "webhooks and chats", () => ({}));
const seeDeadLetters = onPage("/admin", "DeadLetters", "webhooks and chats", ({ endpoint }) => ({
  endpointId: endpoint.id,
  first: 5,
}));
const makeEndpoint = onPage("/admin", "CreateEndpoint", "make an endpoint", () => ({
  input: { name: "Back door", url: "https://hooks.example.org/" },
}));
const onEndpoint = (sends: string, more: object = {}) =>
  onPage("/admin", sends, "what is done with an endpoint", ({ endpoint }) => ({
    input: { endpointId: endpoint.id, ...more },
  }));
const changeEndpoint = onEndpoint("ChangeEndpoint", { disabled: true });
const removeEndpoint = onEndpoint("RemoveEndpoint");
const rotateSecret = onEndpoint("RotateEndpointSecret", { overlapMinutes: 0 });
const testEndpoint = onEndpoint("TestEndpoint");
const replay = onPage("/admin", "ReplayDeadLetters", "deliver again", ({ endpoint }) => ({
  input: { ids: [endpoint.deadLetterId] },
}));
const seeWishes = onPage("/notifications", "Notifications", "how one is mailed", () => ({}));
const setWish = onPage("/notifications", "SetNotificationPreference", "how one is mailed", () => ({
  input: { mail: "OFF" },
}));
const setHours = onPage("/notifications", "SetNotificationHours", "how one is mailed", () => ({
  input: { digestAt: 60 },
}));
const change = onPage("/admin", "ChangeMember", "what is done with an agent", ({ agentId }) => ({
  input: { memberId: agentId, name: "Renamed" },
}));
const promote = onPage("/admin", "ChangeMember", "what is done with an agent", ({ ids }) => ({
  input: { memberId: ids.auditor, roles: ["ADMIN"] },
}));
const remove = onPage("/admin", "RemoveMember", "what is done with an agent", ({ agentId }) => ({
  input: { memberId: agentId },
}));
const makeKey = onPage("/admin", "CreateApiKey", "for whom a key is", ({ agentId }) => ({
  input: { principalId: agentId },
}));
const makeAgent = onPage("/admin", "CreateApiKey", "for whom a key is", () => ({
  input: { agentName: "New agent" },
}));
const makeHumansKey = onPage("/admin", "CreateApiKey", "a key for another human", ({ ids }) => ({
  input: { principalId: ids.another },
}));
const ofAgent = "what is done with an agent's key";
const rotate = onPage("/admin", "RotateApiKey", ofAgent, ({ keys }) => ({
  input: { keyId: keys.agents, overlapMinutes: 0 },
}));
const rotateHumans = onPage("/admin", "RotateApiKey", "replace", ({ keys }) => ({
  input: { keyId: keys.humans, overlapMinutes: 0 },
}));
const rotateRevoked = onPage("/admin", "RotateApiKey", "what is done with a revoked key", ({ keys }) => ({
  input: { keyId: keys.revoked, overlapMinutes: 0 },
}));
const revoke = onPage("/admin", "RevokeApiKey", ofAgent, ({ keys }) => ({ input: { keyId: keys.agents } }));
const listKeys = onPage("/admin", "ApiKeys", "what is done with a human's key", ({ ids }) => ({
  first: 5,
  principalId: ids.another,
}));
/** Begins to make a key. */
export const opensDialog = async (page: Page): Promise<void> => {
  await page.getByRole("button", { name: "Make a key" }).click();
  await page.getByRole("dialog").waitFor();
};

/** Looks at what an endpoint could not be told. */
export const opensDeadLetters = async (page: Page): Promise<void> => {
  await page.getByRole("button", { name: "1 dead letter of The webhook" }).click();
  await page.getByRole("dialog").getByRole("listitem").first().waitFor();
};

/** The record, members, endpoints and keys. */
export const MANAGING: readonly Hidden[] = [
  verify({ says: "a reviewer verifies the record", who: "reviewer", code: "FORBIDDEN" }),
  verify({ says: "an agent verifies the record", who: "agent", code: "FORBIDDEN" }),
  save({ says: "a reviewer saves the whole record", who: "reviewer", code: "FORBIDDEN" }),
  save({ says: "an agent saves the whole record", who: "agent", code: "FORBIDDEN" }),
  list({ says: "a reviewer lists the members", who: "reviewer", code: "FORBIDDEN" }),
  invite({ says: "an auditor invites somebody", who: "auditor", code: "FORBIDDEN" }),
  invite({ says: "a reviewer invites somebody", who: "reviewer", code: "FORBIDDEN" }),
  makeQueue({ says: "an auditor makes a queue", who: "auditor", code: "FORBIDDEN" }),
  makeQueue({ says: "a reviewer makes a queue", who: "reviewer", code: "FORBIDDEN" }),
  changeQueue({ says: "an auditor changes a queue", who: "auditor", code: "FORBIDDEN" }),
  changeQueue({ says: "a reviewer changes a queue", who: "reviewer", code: "FORBIDDEN" }),
  setNotice({ says: "an auditor sets a queue's reminders", who: "auditor", code: "FORBIDDEN" }),
  setNotice({ says: "a reviewer sets a queue's reminders", who: "reviewer", code: "FORBIDDEN" }),
  seeEndpoints({ says: "a reviewer lists the webhooks", who: "reviewer", code: "FORBIDDEN" }),
  seeDeadLetters({ says: "a reviewer lists dead letters", who: "reviewer", code: "FORBIDDEN" }),
  seeEndpoints({ says: "an agent lists the webhooks", who: "agent", code: "FORBIDDEN" }),
  seeDeadLetters({ says: "an agent lists dead letters", who: "agent", code: "FORBIDDEN" }),
  makeEndpoint({ says: "an auditor makes a webhook", who: "auditor", code: "FORBIDDEN" }),
  makeEndpoint({ says: "a reviewer makes a webhook", who: "reviewer", code: "FORBIDDEN" }),
  makeEndpoint({ says: "an agent makes a webhook", who: "agent", code: "FORBIDDEN" }),
  changeEndpoint({ says: "an auditor switches a webhook off", who: "auditor", code: "FORBIDDEN" }),
  changeEndpoint({ says: "a reviewer switches a webhook off", who: "reviewer", code: "FORBIDDEN" }),
  changeEndpoint({ says: "an agent switches a webhook off", who: "agent", code: "FORBIDDEN" }),
  removeEndpoint({ says: "an auditor removes a webhook", who: "auditor", code: "FORBIDDEN" }),
  removeEndpoint({ says: "a reviewer removes a webhook", who: "reviewer", code: "FORBIDDEN" }),
  removeEndpoint({ says: "an agent removes a webhook", who: "agent", code: "FORBIDDEN" }),
  rotateSecret({ says: "an auditor has a webhook's secret shown", who: "auditor", code: "FORBIDDEN" }),
  rotateSecret({ says: "a reviewer has a webhook's secret shown", who: "reviewer", code: "FORBIDDEN" }),
  rotateSecret({ says: "an agent has a webhook's secret shown", who: "agent", code: "FORBIDDEN" }),
  testEndpoint({ says: "an auditor tests a webhook", who: "auditor", code: "FORBIDDEN" }),
  testEndpoint({ says: "a reviewer tests a webhook", who: "reviewer", code: "FORBIDDEN" }),
  testEndpoint({ says: "an agent tests a webhook", who: "agent", code: "FORBIDDEN" }),
  replay({
    says: "an auditor has dead letters delivered again",
    who: "auditor",
    code: "FORBIDDEN",
    begins: opensDeadLetters,
  }),
  replay({ says: "a reviewer has dead letters delivered again", who: "reviewer", code: "FORBIDDEN" }),
  replay({ says: "an agent has dead letters delivered again", who: "agent", code: "FORBIDDEN" }),
  seeWishes({ says: "an auditor asks how they are mailed", who: "auditor", code: "FORBIDDEN" }),
  setWish({ says: "an auditor says how they are mailed", who: "auditor", code: "FORBIDDEN" }),
  setWish({ says: "an agent says how it is mailed", who: "agent", code: "FORBIDDEN" }),
  setHours({ says: "an auditor says when they are mailed", who: "auditor", code: "FORBIDDEN" }),
  change({ says: "an auditor changes a member", who: "auditor", code: "FORBIDDEN" }),
  change({ says: "a reviewer changes a member", who: "reviewer", code: "FORBIDDEN" }),
  promote({ says: "an auditor makes themselves an admin", who: "auditor", code: "FORBIDDEN" }),
  remove({ says: "an auditor removes a member", who: "auditor", code: "FORBIDDEN" }),
  remove({ says: "a reviewer removes a member", who: "reviewer", code: "FORBIDDEN" }),
  makeKey({
    says: "an auditor makes an agent's key",
    who: "auditor",
    code: "FORBIDDEN",
    begins: opensDialog,
  }),
  makeKey({
    says: "a reviewer makes an agent's key",
    who: "reviewer",
    code: "FORBIDDEN",
    begins: opensDialog,
  }),
  makeAgent({ says: "an auditor makes an agent", who: "auditor", code: "FORBIDDEN", begins: opensDialog }),
  makeHumansKey({
    says: "an admin makes a human's key",
    who: "admin",
    code: "FORBIDDEN",
    begins: opensDialog,
  }),
  rotate({ says: "an auditor replaces an agent's key", who: "auditor", code: "FORBIDDEN" }),
  rotate({ says: "a reviewer replaces an agent's key", who: "reviewer", code: "NOT_FOUND" }),
  rotateHumans({
    says: "an admin replaces a human's key",
    who: "admin",
    code: "FORBIDDEN",
    begins: async (page) => {
      await page.getByRole("button", { name: "Actions on the key The human's" }).click();
      await page.getByRole("menuitem", { name: "Revoke …" }).waitFor();
    },
  }),
  rotateRevoked({
    says: "one replaces a key of theirs that was revoked",
    who: "another",
    code: "BAD_USER_INPUT",
  }),
  revoke({ says: "an auditor revokes an agent's key", who: "auditor", code: "FORBIDDEN" }),
  revoke({ says: "a reviewer revokes an agent's key", who: "reviewer", code: "NOT_FOUND" }),
  listKeys({ says: "a reviewer lists another's keys", who: "reviewer", code: "NOT_FOUND" }),
];
