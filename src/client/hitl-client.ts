import type {
  CallOptions,
  Decision,
  DecisionsOptions,
  MutationOptions,
  NewProposal,
  ResubmitOptions,
  SettledDecision,
  SubmitOptions,
  SubmittedTicket,
  Ticket,
  TicketDetail,
  TicketPage,
  TicketQuery,
  Verdict,
  Viewer,
  WaitLimit,
  WaitOptions,
  WithdrawOptions,
} from "./api-types.js";
import { CallScopes } from "./call-scope.js";
import { type HitlClientOptions, partsOf } from "./client-options.js";
import { CountersignError, withDetails } from "./countersign-error.js";
import { fieldOf, settledDecision } from "./decision-of.js";
import { DecisionStream } from "./decision-stream.js";
import { type FollowOptions, follow } from "./follow.js";
import {
  CommentOnTicketDocument,
  DecideTicketDocument,
  DecisionDocument,
  LedgerCursorDocument,
  ResubmitReviewDocument,
  SubmitReviewDocument,
  TicketDecidedDocument,
  type TicketDecidedSubscription,
  TicketDocument,
  TicketsDocument,
  ViewerDocument,
  WithdrawReviewDocument,
} from "./generated.js";
import type { GraphQLHttp } from "./graphql-http.js";
import { instant, newIdempotencyKey, requireTicketId } from "./input.js";
import type { LiveConnection } from "./live-connection.js";
import { type ReviewResult, reviewResult } from "./review-result.js";
import type { TypedDocument } from "./typed-document.js";

export type * from "./api-types.js";
export type { HitlClientOptions } from "./client-options.js";
// biome-ignore lint/performance/noBarrelFile: the one entry of countersign/client, where its users look for everything
export {
  AbortedError,
  AlreadyDecidedError,
  ClientClosedError,
  type ClientErrorCode,
  ConnectionError,
  CountersignError,
  CursorInvalidError,
  type ErrorCode,
  NotFoundError,
  type ServerErrorCode,
  StaleRevisionError,
  TimeoutError,
  UnauthenticatedError,
  type WinningDecision,
} from "./countersign-error.js";
export type { ApiKey } from "./credential.js";
export type { DecisionStream } from "./decision-stream.js";
export type {
  CannotDecideReason,
  DecisionStatus,
  PrincipalKind,
  Priority,
  ReviewOutcome,
  Role,
  TicketFilter,
  TicketOrder,
} from "./generated.js";
export type { RetryNotice, RetryPolicy } from "./retry-policy.js";
export type {
  Approved,
  Expired,
  NeedsChanges,
  Rejected,
  ReviewResult,
  Withdrawn,
} from "./review-result.js";
export type { WebSocketClass, WebSocketLike } from "./web-socket.js";

/**
 * An agent's (or a reviewer's) way to Countersign: queries and mutations over HTTP, decisions over one WebSocket that is open
 * only while something waits. Everything rejects with a CountersignError.
 */
export class HitlClient {
  readonly #http: GraphQLHttp;
  readonly #live: LiveConnection;
  readonly #follow: FollowOptions;
  readonly #scopes = new CallScopes();

  /** @throws CountersignError BAD_CONFIGURATION */
  constructor(options: HitlClientOptions) {
    const { http, live, follow: followOptions } = partsOf(options);
    this.#http = http;
    this.#live = live;
    this.#follow = followOptions;
  }

  /** Submits a proposal for review. */
  async submitForReview(proposal: NewProposal, options: SubmitOptions = {}): Promise<SubmittedTicket> {
    const { queue, priority, approvalsRequired, callbackUrl } = options;
    const input = {
      ...textOf(proposal),
      queue,
      priority,
      approvalsRequired,
      callbackUrl,
      dueAt: instant(options.dueAt, "dueAt"),
      expiresAt: instant(options.expiresAt, "expiresAt"),
    };
    const { ticket, ledgerCursor } = fieldOf(
      await this.#mutate(SubmitReviewDocument, input, options),
      "submitReview",
    );
    return { ...ticket, ledgerCursor };
  }

  /** Proposes a new revision of a ticket: after NEEDS_CHANGES, or while it is PENDING. Earlier approvals are void. */
  async resubmit(
    ticketId: string,
    proposal: NewProposal,
    options: ResubmitOptions = {},
  ): Promise<SubmittedTicket> {
    const input = { ticketId: requireTicketId(ticketId), revision: options.revision, ...textOf(proposal) };
    const { ticket, ledgerCursor } = fieldOf(
      await this.#mutate(ResubmitReviewDocument, input, options),
      "resubmitReview",
    );
    return { ...ticket, ledgerCursor };
  }

  /** Takes a ticket back. */
  async withdraw(ticketId: string, options: WithdrawOptions = {}): Promise<Ticket> {
    const input = { ticketId: requireTicketId(ticketId), reason: options.reason };
    return fieldOf(await this.#mutate(WithdrawReviewDocument, input, options), "withdrawReview").ticket;
  }

  /** Where a ticket stands now; `status` may be PENDING. */
  async getDecision(ticketId: string, options: CallOptions = {}): Promise<Decision> {
    const variables = { ticketId: requireTicketId(ticketId) };
    return fieldOf(await this.#query(DecisionDocument, variables, options), "decision");
  }

  /**
   * Waits until a ticket is settled; one that is settled already answers at once. Once the server has been reached, it waits
   * through lost connections and restarts, and ends with the decision, a limit of `options`, or a refusal.
   */
  async waitForDecision(ticketId: string, options: WaitOptions = {}): Promise<SettledDecision> {
    const { after, revision = 0 } = options;
    requireTicketId(ticketId);
    const next = (data: TicketDecidedSubscription): SettledDecision | undefined => {
      const decision = settledDecision(fieldOf(data, "ticketDecided"));
      return decision?.ticketId === ticketId && decision.revision >= revision ? decision : undefined;
    };
    const follower = { document: TicketDecidedDocument, variables: () => ({ ticketId, after }), next };
    return await this.#about({ ticketId }, () =>
      this.#scopes.run(options, (signal) => follow(this.#live, follower, this.#follow, signal)),
    );
  }

  /** Submits a proposal, waits, and says how it ended. `timeoutMs` spans both. */
  async review(proposal: NewProposal, options: SubmitOptions & WaitLimit = {}): Promise<ReviewResult> {
    return await this.#scopes.run(options, async (signal) =>
      this.#outcomeOf(await this.submitForReview(proposal, { ...options, signal }), signal),
    );
  }

  /** Answers NEEDS_CHANGES: resubmits on the same ticket, waits, and says how it ended. */
  async reviewAgain(
    ticketId: string,
    proposal: NewProposal,
    options: ResubmitOptions & WaitLimit = {},
  ): Promise<ReviewResult> {
    return await this.#scopes.run(options, async (signal) =>
      this.#outcomeOf(await this.resubmit(ticketId, proposal, { ...options, signal }), signal),
    );
  }

  /**
   * Every decision that this principal may see, in ledger order, each once; see DecisionStream. Where it began, and how far it
   * was read, is its `cursor`.
   */
  decisions(options: DecisionsOptions = {}): DecisionStream {
    const { after, signal } = options;
    const start = (): Promise<string> =>
      after === undefined ? this.#ledgerCursor(signal) : Promise.resolve(after);
    return new DecisionStream(
      { scopes: this.#scopes, live: this.#live, follow: this.#follow, start },
      options,
    );
  }

  /** Who the API key belongs to, and where the ledger stands. */
  async viewer(options: CallOptions = {}): Promise<Viewer> {
    return fieldOf(await this.#query(ViewerDocument, {}, options), "viewer");
  }

  /** One ticket, with its revisions, reviews and decision. */
  async ticket(id: string, options: CallOptions = {}): Promise<TicketDetail> {
    return fieldOf(await this.#query(TicketDocument, { id: requireTicketId(id) }, options), "ticket");
  }

  /** One page of the tickets that this principal may see. */
  async tickets(query: TicketQuery = {}, options: CallOptions = {}): Promise<TicketPage> {
    const { withTotalCount = false, ...rest } = query;
    const variables = { ...rest, withTotalCount };
    const page = fieldOf(await this.#query(TicketsDocument, variables, options), "tickets");
    return {
      tickets: page.edges.map((edge) => edge.node),
      hasNextPage: page.pageInfo.hasNextPage,
      endCursor: page.pageInfo.endCursor,
      ledgerCursor: page.ledgerCursor,
      totalCount: page.totalCount,
    };
  }

  /**
   * Records a reviewer's word on the revision that the reviewer saw.
   * @returns where the ticket stands with it: PENDING while more approvals are required
   * @throws AlreadyDecidedError, StaleRevisionError and the server's other refusals
   */
  async decide(ticketId: string, verdict: Verdict, options: MutationOptions = {}): Promise<Decision> {
    const { revision, status, comments, amendment } = verdict;
    const edits = amendment === undefined || amendment === null ? undefined : textOf(amendment);
    const input = { ticketId: requireTicketId(ticketId), revision, status, comments, amendment: edits };
    return fieldOf(await this.#mutate(DecideTicketDocument, input, options), "decideTicket").decision;
  }

  /** Adds a comment to a ticket. */
  async comment(ticketId: string, body: string, options: MutationOptions = {}): Promise<Ticket> {
    const input = { ticketId: requireTicketId(ticketId), body };
    return fieldOf(await this.#mutate(CommentOnTicketDocument, input, options), "commentOnTicket").ticket;
  }

  /**
   * Ends everything that is under way: calls reject with CLIENT_CLOSED, decisions() ends, the WebSocket closes. Not needed for
   * a process to end: a client that waits for nothing holds nothing open.
   */
  async close(): Promise<void> {
    this.#scopes.closeAll();
    await this.#live.closed;
  }

  async #outcomeOf(ticket: SubmittedTicket, signal: AbortSignal): Promise<ReviewResult> {
    // Not from ticket.ledgerCursor: a submission repeated under its key may have been decided long before.
    const decision = await this.waitForDecision(ticket.id, { signal, revision: ticket.revision });
    const { ledgerCursor: _, ...submitted } = ticket;
    return reviewResult(submitted, decision);
  }

  async #ledgerCursor(signal: AbortSignal | undefined): Promise<string> {
    const { ledgerCursor } = fieldOf(await this.#query(LedgerCursorDocument, {}, { signal }), "viewer");
    return ledgerCursor;
  }

  #query<Data, Variables>(
    document: TypedDocument<Data, Variables>,
    variables: Variables,
    { signal }: CallOptions,
  ): Promise<Data> {
    return this.#scopes.run({ signal }, (limit) => this.#http.execute(document, variables, limit));
  }

  #mutate<Data, Input>(
    document: TypedDocument<Data, { input: Input & { idempotencyKey?: string | null | undefined } }>,
    input: Input,
    { signal, idempotencyKey = newIdempotencyKey() }: MutationOptions,
  ): Promise<Data> {
    const variables = { input: { ...input, idempotencyKey } };
    return this.#about({ idempotencyKey }, () => this.#query(document, variables, { signal }));
  }

  async #about<T>(details: Readonly<Record<string, unknown>>, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof CountersignError ? withDetails(error, details) : error;
    }
  }
}

function textOf({ title, detail, payload }: NewProposal): NewProposal {
  return { title, detail, payload };
}
