import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { DomainError } from "../domain/domain-error.js";
import { type Actor, seesEverything } from "../domain/principal.js";
import type { Credential } from "../identity/credential.js";
import type { SigningKeys } from "../identity/signing-key.js";
import { findWorkspaceById } from "../identity/workspaces.js";
import { BrokenRecordError, exportLedger } from "../ledger/audit-export.js";
import { openSnapshot } from "../ledger/audit-verify-snapshot.js";
import { breathing, createBreath } from "../ledger/breath.js";
import { DENIALS, type DenialRecorder } from "../ledger/denial-recorder.js";
import type { DatabaseLocation } from "../persistence/database-url.js";
import type { OpenStream, OpenStreams } from "./open-streams.js";

/** Where the whole record is had. */
export const DOWNLOAD_PATH = "/audit/export";

/** What exports may take of a server that has other things to do. */
const DOWNLOAD_LIMITS = {
  /** Under way at the same time, and of one principal: each holds a connection to the database. */
  atOnce: 4,
  ofEach: 1,
  /** Bytes that are made at a time. */
  chunkBytes: 64 * 1024,
  /** As slow as whoever reads may be, all in all: until the end, the database keeps what is as old as the export's beginning. */
  bytesPerSecond: 16 * 1024,
} as const;

export interface AuditDownloadOptions {
  /** Who asks; undefined for nobody. */
  readonly authenticate: (request: FastifyRequest) => Promise<Credential | undefined>;
  readonly location: DatabaseLocation;
  readonly read: Parameters<typeof findWorkspaceById>[0];
  readonly keys: SigningKeys;
  readonly denials: DenialRecorder;
  readonly streams: OpenStreams;
}

/**
 * Serves the whole record of the workspace as a file, in the format of `audit export`: for auditors and admins. Nothing of
 * it is made before the client takes it, and nothing any more once the client is gone or its credential has ended.
 */
export function registerAuditDownload(app: FastifyInstance, options: AuditDownloadOptions): void {
  const underWay = new Map<object, string>();
  app.get(DOWNLOAD_PATH, { exposeHeadRoute: false }, async (request, reply) => {
    const credential = await options.authenticate(request);
    const actor = requireReader(options.denials, credential);
    const name = (await findWorkspaceById(options.read, actor.workspaceId))?.name ?? "";
    requirePlace([...underWay.values()], actor.id);
    const chunks = exported(options, { id: actor.workspaceId, name });
    const download = new Download(reply, credential);
    const leave = (): void => {
      underWay.delete(download);
      options.streams.remove(download);
      chunks
        .return(undefined)
        .catch((error: unknown) => request.log.warn({ err: error }, "an export was not ended"));
    };
    // From here on to the answer's end nothing is waited for before this is in place.
    reply.raw.once("close", leave);
    if (reply.raw.destroyed) throw new DomainError("UNAVAILABLE", "The client is gone.");
    underWay.set(download, actor.id);
    try {
      // A record that is broken near its beginning is refused rather than torn off.
      const first = await chunks.next();
      options.streams.add(download);
      const body = Readable.from(download.counted(first.value ?? Buffer.alloc(0), chunks), {
        objectMode: false,
        highWaterMark: DOWNLOAD_LIMITS.chunkBytes,
      });
      return reply.headers(headersOf(name)).type("application/x-ndjson; charset=utf-8").send(body);
    } catch (error) {
      leave();
      throw error instanceof BrokenRecordError ? broken(error) : error;
    }
  });
}

/** @throws DomainError UNAUTHENTICATED, FORBIDDEN */
function requireReader(denials: DenialRecorder, credential: Credential | undefined): Actor {
  if (credential === undefined) {
    throw new DomainError("UNAUTHENTICATED", "Sign in, or send `Authorization: Bearer <API key or token>`.");
  }
  const { actor } = credential;
  if (seesEverything(actor)) return actor;
  const refusal = new DomainError("FORBIDDEN", "This needs the role AUDITOR or ADMIN.", {
    requiredRole: "AUDITOR",
  });
  if (DENIALS.has(refusal.code))
    denials.note(actor, { code: refusal.code, operation: `GET ${DOWNLOAD_PATH}` });
  throw refusal;
}

function requirePlace(underWay: readonly string[], principalId: string): void {
  const { atOnce, ofEach } = DOWNLOAD_LIMITS;
  const own = underWay.filter((id) => id === principalId).length;
  if (own < ofEach && underWay.length < atOnce) return;
  throw new DomainError(
    "RATE_LIMITED",
    own < ofEach
      ? "This server is writing other exports, and does no more of that at a time. Try again in 10 s."
      : "An export of yours is under way. Try again when it is through.",
    { retryAfter: 10 },
  );
}

async function* exported(
  { location, keys }: AuditDownloadOptions,
  workspace: { readonly id: string; readonly name: string },
): AsyncGenerator<Buffer, undefined> {
  const snapshot = await openSnapshot(location);
  try {
    const breathe = createBreath();
    let lines: string[] = [];
    let length = 0;
    for await (const line of exportLedger(breathing(snapshot.sql, breathe), workspace, {
      keys,
      at: Date.now(),
    })) {
      await breathe();
      lines.push(line, "\n");
      length += line.length;
      if (length < DOWNLOAD_LIMITS.chunkBytes) continue;
      yield Buffer.from(lines.join(""));
      [lines, length] = [[], 0];
    }
    yield Buffer.from(lines.join(""));
  } finally {
    await snapshot.close();
  }
}

function headersOf(workspace: string): Readonly<Record<string, string>> {
  const day = new Date().toISOString().slice(0, 10);
  // What a workspace is called may be anything; a file's name may not.
  const plain = workspace.replace(/[^\w-]+/g, "-").slice(0, 60);
  return {
    "cache-control": "no-store",
    "content-disposition": `attachment; filename="countersign-${plain}-${day}.jsonl"`,
    "x-content-type-options": "nosniff",
  };
}

function broken({ sequence }: BrokenRecordError): DomainError {
  return new DomainError(
    "INTERNAL_SERVER_ERROR",
    `The record does not hold at event ${sequence}, and nothing is signed over a broken record. Verify it to see what is wrong.`,
    { sequence },
  );
}

/** One export as something that is open: it ends with the credential, and with a client that does not take it. */
class Download implements OpenStream {
  readonly pendingBytes = 0;
  readonly #startedAt = Date.now();
  #taken = 0;

  constructor(
    private readonly reply: FastifyReply,
    readonly credential: Credential | undefined,
  ) {}

  /** By when that much should have been taken, where something waits. */
  get stalledSince(): number | undefined {
    if (this.reply.raw.writableLength === 0) return undefined;
    return this.#startedAt + (this.#taken / DOWNLOAD_LIMITS.bytesPerSecond) * 1_000;
  }

  async *counted(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    yield this.#count(first);
    for await (const chunk of rest) yield this.#count(chunk);
  }

  #count(chunk: Buffer): Buffer {
    this.#taken += chunk.length;
    return chunk;
  }

  ping(): boolean {
    return true;
  }

  end(): void {
    this.reply.raw.destroy();
  }
}
