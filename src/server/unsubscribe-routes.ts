import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { badInput, DomainError } from "../domain/domain-error.js";
import { ERROR_TABLE } from "../domain/error-table.js";
import { findWorkspaceById } from "../identity/workspaces.js";
import type { JwsSigner, JwsVerifier } from "../ledger/receipt.js";
import { type LinkServices, switchOffByLink, takeBackByLink } from "../notify/preferences/change-by-link.js";
import type { PreferenceChoice } from "../notify/preferences/own-preferences.js";
import { openUndo, undoToken } from "../notify/preferences/undo-token.js";
import {
  type LinkHolder,
  openUnsubscribe,
  UNSUBSCRIBE_PATH,
} from "../notify/preferences/unsubscribe-link.js";
import { sendPage } from "./plain-page.js";
import {
  askPage,
  type LinkSubject,
  noLinkPage,
  ONE_CLICK,
  switchedOffPage,
  takenBackPage,
} from "./unsubscribe-pages.js";

export interface UnsubscribeOptions extends LinkServices {
  readonly keys: JwsSigner & JwsVerifier;
  /** Counts what does not hold against the address that it came from; throws RATE_LIMITED after too many. */
  readonly proving: <Result>(
    request: FastifyRequest,
    proof: string,
    prove: () => Promise<Result>,
  ) => Promise<Result>;
}

const BODY_BYTES = 8_192;
/** Nothing that was signed is longer: a queue's name is short. */
const TOKEN_CHARACTERS = 2_000;

/**
 * Where the link of a mail leads. Whoever has the link may do what it says, whatever page or program they come from: nobody
 * is signed in for it, so there is nothing that another site's page could make use of.
 */
export async function registerUnsubscribe(app: FastifyInstance, options: UnsubscribeOptions): Promise<void> {
  const routes: FastifyPluginAsync = async (scope) => {
    const texts = { parseAs: "string", bodyLimit: BODY_BYTES } as const;
    scope.addContentTypeParser("application/x-www-form-urlencoded", texts, (_request, body, done) =>
      done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    );
    // RFC 8058 (3.1) lets a mail program choose this form too.
    scope.addContentTypeParser("multipart/form-data", texts, (_request, body, done) =>
      done(null, isOneClickPart(String(body)) ? { [ONE_CLICK.name]: ONE_CLICK.value } : {}),
    );
    scope.setErrorHandler((error, request, reply) => refuse(error as Error, request, reply));
    // A token is longer than what a parameter of a path may be.
    scope.get(`${UNSUBSCRIBE_PATH}/*`, async (request, reply) => {
      const { subject } = await opened(request, options);
      return sendPage(reply, askPage(subject));
    });
    scope.post(`${UNSUBSCRIBE_PATH}/*`, { bodyLimit: BODY_BYTES }, async (request, reply) => {
      const { holder, subject } = await opened(request, options);
      const fields = request.body as Readonly<Record<string, unknown>> | null | undefined;
      if (fields?.[ONE_CLICK.name] === ONE_CLICK.value)
        return sendPage(reply, switchedOffPage(subject, await switchedOff(options, holder)));
      await takeBackByLink(options, holder, choicesIn(options.keys, fields?.undo, holder));
      return sendPage(reply, takenBackPage(subject));
    });
  };
  await app.register(routes);
}

/** @throws DomainError UNAUTHENTICATED where the link is none of ours, RATE_LIMITED */
async function opened(
  request: FastifyRequest,
  { keys, read, proving }: UnsubscribeOptions,
): Promise<{ readonly holder: LinkHolder; readonly subject: LinkSubject }> {
  const { "*": token = "" } = request.params as Readonly<Record<string, string>>;
  const holder = await proving(request, token, async () => {
    const found = token.length > TOKEN_CHARACTERS ? undefined : openUnsubscribe(keys, token);
    if (found === undefined) throw new DomainError("UNAUTHENTICATED", NO_LINK);
    return found;
  });
  const workspace = await findWorkspaceById(read, holder.workspaceId);
  // Of a database that was replaced: there is nothing to switch off here.
  if (workspace === undefined) throw new DomainError("UNAUTHENTICATED", NO_LINK);
  return { holder, subject: { workspace: workspace.name, queue: holder.queue } };
}

const NO_LINK = "This link is not complete, or not one of ours. Copy all of it from the mail.";

/** @returns what takes it back; undefined where there is nothing to take back */
async function switchedOff(options: UnsubscribeOptions, holder: LinkHolder): Promise<string | undefined> {
  const before = await switchOffByLink(options, holder);
  return before.length === 0 ? undefined : undoToken(options.keys, holder, before, Date.now());
}

/** @throws DomainError BAD_USER_INPUT where it is not what the page was handed, or too late */
function choicesIn(keys: JwsVerifier, undo: unknown, holder: LinkHolder): readonly PreferenceChoice[] {
  const choices = openUndo(keys, undo, holder, Date.now());
  if (choices === undefined)
    throw badInput("undo", "This form is not complete. Open the link of the mail again.");
  if (choices === "EXPIRED")
    throw badInput("undo", "It is too late to undo this here. Sign in to change it.");
  return choices;
}

function isOneClickPart(body: string): boolean {
  return /name="?List-Unsubscribe"?\r?\n(?:[^\r\n]+\r?\n)*\r?\nOne-Click\r?\n/i.test(body);
}

/** A refusal as a page; for a link that is none of ours, as if there were nothing here. */
function refuse(
  error: Error & { statusCode?: number },
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const known = error instanceof DomainError ? error : undefined;
  const code = known?.code ?? (isTheirs(error) ? "BAD_USER_INPUT" : "INTERNAL_SERVER_ERROR");
  const { logLevel } = ERROR_TABLE[code];
  request.log[logLevel](
    { code, ...(logLevel === "error" ? { err: error } : {}) },
    "an unsubscribe link was refused",
  );
  if (typeof known?.details.retryAfter === "number") reply.header("retry-after", known.details.retryAfter);
  if (code === "UNAUTHENTICATED") return sendPage(reply, noLinkPage(NO_LINK), 404);
  const status = isTheirs(error) ? error.statusCode : ERROR_TABLE[code].httpStatus;
  return sendPage(reply, noLinkPage(known?.message ?? OTHERWISE[code] ?? ""), status);
}

const OTHERWISE: Readonly<Record<string, string>> = {
  BAD_USER_INPUT: "This is not the form of this page. Open the link of the mail again.",
  INTERNAL_SERVER_ERROR: "Something went wrong on our side. Try again later.",
};

/** Fastify's own refusals know their status: too large, of another type. */
function isTheirs(error: { readonly statusCode?: number }): error is { readonly statusCode: number } {
  return error.statusCode !== undefined && error.statusCode < 500;
}
