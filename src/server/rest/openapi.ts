import swagger, { type FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { OPENAPI_PATH } from "./facade-paths.js";

const DOCUMENT_SECONDS = 300;

/** What the OpenAPI document says beside the routes. */
export interface OpenApiOptions {
  readonly publicUrl: string | undefined;
  /** Of the cookie that holds a browser's session. */
  readonly sessionCookie: string;
}

/** Gathers the routes that are declared afterwards into an OpenAPI document, and serves it. */
export async function registerOpenApi(app: FastifyInstance, options: OpenApiOptions): Promise<void> {
  await app.register(swagger, { openapi: about(options), transform: jsonSchemaTransform, transformObject });
  let text: string | undefined;
  app.get(OPENAPI_PATH, { schema: { hide: true } }, async (_request, reply) => {
    text ??= JSON.stringify(app.swagger());
    return reply
      .header("cache-control", `public, max-age=${DOCUMENT_SECONDS}`)
      .type("application/json; charset=utf-8")
      .send(text);
  });
}

function about({
  publicUrl,
  sessionCookie,
}: OpenApiOptions): NonNullable<FastifyDynamicSwaggerOptions["openapi"]> {
  return {
    openapi: "3.1.0",
    info: {
      title: "Countersign",
      version: "1",
      description:
        "Human-in-the-loop review over plain HTTP: an agent proposes, a human signs off, the agent learns of the decision. The same " +
        "commands, rules and record as the GraphQL API. Refusals are problem details (RFC 9457) with a stable `code`.",
    },
    servers: [{ url: publicUrl ?? "/" }],
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "An API key, or a token from /auth/token." },
        session: { type: "apiKey", in: "cookie", name: sessionCookie, description: "A browser's session." },
      },
    },
    security: [{ bearer: [] }, { session: [] }],
  };
}

/** Puts right what the tools get wrong of it. */
const transformObject: NonNullable<FastifyDynamicSwaggerOptions["transformObject"]> = (document) => {
  const whole = jsonSchemaTransformObject(document) as OpenApiDocument;
  for (const path of Object.values(whole.paths ?? {}))
    for (const { requestBody } of Object.values(path)) openBody(requestBody);
  dropUnused(whole, whole.components?.schemas ?? {});
  return whole as ReturnType<typeof jsonSchemaTransformObject>;
};

/** What of an OpenAPI document is looked at here. */
interface OpenApiDocument {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, { readonly requestBody?: RequestBody }>>>>;
  readonly components?: { readonly schemas?: Record<string, unknown> };
}

interface RequestBody {
  required?: boolean;
  readonly content: Readonly<Record<string, { schema: { readonly anyOf?: readonly object[] } }>>;
}

/** A body that may be null may be left out. */
function openBody(body: RequestBody | undefined): void {
  for (const media of Object.values(body?.content ?? {})) {
    const [only, nothing] = media.schema.anyOf ?? [];
    if (body === undefined || only === undefined || JSON.stringify(nothing) !== '{"type":"null"}') continue;
    body.required = false;
    media.schema = only;
  }
}

/** Every schema is made in two forms, as it is read and as it is written; those that nothing refers to are left out. */
function dropUnused(document: object, schemas: Record<string, unknown>): void {
  for (;;) {
    const text = JSON.stringify(document);
    const unused = Object.keys(schemas).filter((name) => !text.includes(`"#/components/schemas/${name}"`));
    if (unused.length === 0) return;
    for (const name of unused) delete schemas[name];
  }
}
