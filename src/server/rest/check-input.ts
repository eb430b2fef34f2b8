import type { FastifySchemaCompiler } from "fastify";
import type { $ZodIssue, $ZodType } from "zod/v4/core";
import { safeParse } from "zod/v4/core";
import { badInput, type DomainError } from "../../domain/domain-error.js";

/** What parts of a request are called in a refusal that is about the whole of it. */
const PARTS: Readonly<Record<string, string>> = {
  body: "body",
  querystring: "query",
  params: "path",
  headers: "headers",
};

/** Holds a part of a request against its schema; a refusal names the field. */
export const checkInput: FastifySchemaCompiler<$ZodType> = ({ schema, httpPart = "body" }) => {
  return (data: unknown) => {
    const read = safeParse(schema, data);
    return read.success
      ? { value: read.data }
      : { error: refusalOf(read.error.issues[0], PARTS[httpPart] ?? httpPart) };
  };
};

function refusalOf(issue: $ZodIssue | undefined, part: string): DomainError {
  const place = issue?.path.join(".") ?? "";
  if (issue?.code === "unrecognized_keys") {
    const field = [place, issue.keys[0]].filter((name) => name !== "").join(".");
    return badInput(shortened(field), `There is no "${shortened(field)}" in the ${part} of this request.`);
  }
  const field = place === "" ? part : place;
  return badInput(field, `${field} ${says(issue)}.`);
}

function says(issue: $ZodIssue | undefined): string {
  switch (issue?.code) {
    case "invalid_type":
      return issue.message.endsWith("received undefined")
        ? "is missing"
        : `must be ${expected(issue.expected)}`;
    case "too_small":
    case "too_big":
      return `must be ${issue.code === "too_small" ? `at least ${issue.minimum}` : `at most ${issue.maximum}`}`;
    default:
      return issue?.message ?? "is wrong";
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  object: "a JSON object",
};

function expected(kind: string): string {
  return KINDS[kind] ?? `of the type ${kind}`;
}

/** It repeats what was sent, which may be of any length. */
function shortened(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}…` : name;
}
