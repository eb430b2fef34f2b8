import { GraphQLError } from "graphql";

export type Json = Record<string, unknown>;

interface ScriptedTicket extends Json {
  id: string;
  queue: string;
  status: string;
  revision: number;
  proposal: Json;
  decision: Json;
}

export const AGENT_KEY = "csk_agent";
export const REVIEWER_KEY = "csk_reviewer";
export const PRINCIPALS: Readonly<Record<string, Json>> = {
  [AGENT_KEY]: { id: "principal_agent", name: "Loan agent", kind: "AGENT" },
  [REVIEWER_KEY]: { id: "principal_reviewer", name: "Policy analyst", kind: "HUMAN" },
};

const refuse = (code: string, message: string, extensions: Json = {}): never => {
  throw new GraphQLError(message, { extensions: { code, requestId: "request-1", ...extensions } });
};

/** Tickets in memory: as much of the contract's behaviour as the SDK's tests stand on. */
export class ScriptedTickets {
  /** Consumed from the front, one per subscription. */
  readonly subscriptionFaults: ({ code: string; extensions?: Json } | { completes: true })[] = [];
  /** Every push is delivered twice. */
  duplicates = false;
  /** Told when somebody subscribes to a ticket that is PENDING. */
  onWait: (ticketId: string) => void = () => undefined;

  #tickets = new Map<string, ScriptedTicket>();
  #idempotent = new Map<string, Json>();
  #log: Json[] = [];
  #wakeUps = new Set<() => void>();
  #epoch = 1;

  /** What a reviewer decides, on another server as it were. */
  decide(ticketId: string, status: string, facts: { comments?: string; amendment?: Json } = {}): Json {
    const ticket = this.#tickets.get(ticketId);
    if (ticket === undefined) throw new Error(`no ticket ${ticketId}`);
    if (facts.amendment !== undefined) {
      const { title, detail = null, payload = null } = facts.amendment;
      this.#propose(ticket, { title, detail, payload }, PRINCIPALS[REVIEWER_KEY]);
    }
    ticket.status = status;
    const cursor = this.#cursorAt(this.#log.length + 1);
    const { revision, proposal } = ticket;
    ticket.decision = {
      ...{ ticketId, ticket, revision, proposal, status, cursor, comments: facts.comments ?? null },
      ...{ decidedBy: PRINCIPALS[REVIEWER_KEY], decidedAt: new Date().toISOString(), receipt: "e30.e30.AA" },
    };
    this.#log.push(ticket.decision);
    for (const wake of this.#wakeUps) wake();
    this.#wakeUps.clear();
    return ticket.decision;
  }

  /** Submits that many tickets and approves them. */
  approveMany(count: number, queue = "default"): string[] {
    return Array.from({ length: count }, () => {
      const ticket = this.#submit({ title: "one of many", queue }, PRINCIPALS[AGENT_KEY]);
      this.decide(ticket.id, "APPROVED");
      return ticket.id;
    });
  }

  /** As if a backup had been restored: every cursor given so far is void. */
  restoreBackup(): void {
    this.#epoch++;
  }

  /** Queries and mutations, as this principal. */
  protected roots(viewer: Json | undefined): Json {
    const known = (): Json => viewer ?? refuse("UNAUTHENTICATED", "Send a valid API key.");
    const ledgerCursor = (): string => this.#cursorAt(this.#log.length);
    const find = (id: unknown): ScriptedTicket =>
      this.#tickets.get(String(id)) ?? refuse("NOT_FOUND", "There is no such ticket.");
    const once = (key: unknown, work: () => ScriptedTicket): Json => {
      const done = this.#idempotent.get(String(key));
      if (done !== undefined) return done;
      const payload: Json = { ticket: work(), ledgerCursor: ledgerCursor() };
      this.#idempotent.set(String(key), payload);
      return payload;
    };
    return {
      viewer: () => ({
        principal: known(),
        roles: ["AGENT"],
        workspace: { id: "workspace_1", name: "default" },
        ledgerCursor,
      }),
      decision: ({ ticketId }: Json) => known() && find(ticketId).decision,
      ticket: ({ id }: Json) => known() && find(id),
      tickets: ({ filter }: { filter?: { status?: string[] } }) => ({
        edges: [...this.#tickets.values()]
          .filter((ticket) => known() && (filter?.status?.includes(ticket.status) ?? true))
          .map((node) => ({ node, cursor: node.id })),
        pageInfo: { hasNextPage: false, hasPreviousPage: false, endCursor: null },
        totalCount: this.#tickets.size,
        ledgerCursor,
      }),
      commentOnTicket: ({ input }: { input: Json }) =>
        once(input.idempotencyKey, () => known() && find(input.ticketId)),
      submitReview: ({ input }: { input: Json }) =>
        once(input.idempotencyKey, () => this.#submit(input, known())),
      resubmitReview: ({ input }: { input: Json }) =>
        once(input.idempotencyKey, () => {
          const ticket = find(input.ticketId);
          if (ticket.status !== "NEEDS_CHANGES") refuse("NOT_PENDING", "The ticket is settled.");
          this.#propose(ticket, input, known());
          return ticket;
        }),
      withdrawReview: ({ input }: { input: Json }) =>
        once(input.idempotencyKey, () => {
          this.decide(find(input.ticketId).id, "WITHDRAWN");
          return find(input.ticketId);
        }),
      decideTicket: ({ input }: { input: Json }) => {
        const { id, decision } = find(input.ticketId);
        if (decision.status !== "PENDING") {
          const { status, revision, decidedBy } = decision;
          refuse("ALREADY_DECIDED", "Already decided.", { decision: { status, revision, decidedBy } });
        }
        return {
          decision: this.decide(id, String(input.status), { comments: String(input.comments ?? "") }),
        };
      },
    };
  }

  #submit(input: Json, submittedBy: Json | undefined): ScriptedTicket {
    const id = `ticket_${this.#tickets.size + 1}`;
    const now = new Date().toISOString();
    const { queue, priority = "NORMAL", approvalsRequired = 1, dueAt, expiresAt } = input;
    const ticket: ScriptedTicket = {
      ...{ id, queue: String(queue), priority, approvalsRequired, dueAt, expiresAt, submittedBy },
      ...{ submittedAt: now, updatedAt: now, revision: 0, status: "PENDING", proposal: {}, decision: {} },
      ...{ proposals: [], reviews: [], viewerCanDecide: false, viewerCannotDecideReasons: [] },
    };
    this.#tickets.set(id, ticket);
    this.#propose(ticket, input, submittedBy);
    return ticket;
  }

  #propose(ticket: ScriptedTicket, input: Json, submittedBy: Json | undefined): void {
    const { title, detail, payload } = input;
    const revision = ++ticket.revision;
    const digest = `sha256:${JSON.stringify([title, detail ?? null, payload ?? null])}`;
    ticket.status = "PENDING";
    ticket.proposal = {
      ...{ revision, title, detail, payload, digest, submittedBy },
      submittedAt: ticket.submittedAt,
    };
    const { id: ticketId, proposal, status } = ticket;
    ticket.decision = { ticketId, ticket, revision, proposal, status };
  }

  #cursorAt(position: number): string {
    return Buffer.from(`${position}.${this.#epoch}`).toString("base64url");
  }

  /** The stream of ticketDecided. */
  protected subscribeTo({ ticketId, queue, after }: Json): AsyncGenerator<Json> | never {
    const fault = this.subscriptionFaults.shift();
    if (fault !== undefined && "code" in fault) {
      return refuse(fault.code, `scripted ${fault.code}`, fault.extensions);
    }
    if (fault !== undefined) return ended();
    const settled = this.#tickets.get(String(ticketId))?.decision;
    if (ticketId !== undefined && settled === undefined)
      return refuse("NOT_FOUND", "There is no such ticket.");
    let position = this.#log.length;
    if (typeof after === "string") {
      const [sequence, epoch] = Buffer.from(after, "base64url").toString().split(".").map(Number);
      if (epoch !== this.#epoch || sequence === undefined) {
        return refuse("CURSOR_INVALID", "This cursor is unknown here.");
      }
      position = sequence;
    }
    const first = after === undefined && settled?.status !== "PENDING" ? settled : undefined;
    const wanted = (decision: Json): boolean =>
      (ticketId === undefined || decision.ticketId === ticketId) &&
      (queue === undefined || (decision.ticket as ScriptedTicket).queue === queue);
    // Once the subscriber is in place.
    if (settled?.status === "PENDING") setImmediate(() => this.onWait(String(ticketId)));
    return this.#deliver(first, position, wanted);
  }

  async *#deliver(
    first: Json | undefined,
    from: number,
    wanted: (decision: Json) => boolean,
  ): AsyncGenerator<Json> {
    if (first !== undefined) yield { ticketDecided: first };
    for (let position = from; ; position++) {
      while (position >= this.#log.length) {
        await new Promise<void>((resolve) => this.#wakeUps.add(resolve));
      }
      const decision = this.#log[position];
      if (decision === undefined || !wanted(decision)) continue;
      yield { ticketDecided: decision };
      if (this.duplicates) yield { ticketDecided: decision };
    }
  }
}

async function* ended(): AsyncGenerator<Json> {}
