import { type ASTNode, GraphQLError, Kind, type Token, TokenKind } from "graphql";

const VALUE_KINDS: ReadonlySet<string> = new Set([
  Kind.INT,
  Kind.FLOAT,
  Kind.STRING,
  Kind.BOOLEAN,
  Kind.NULL,
  Kind.ENUM,
  Kind.LIST,
  Kind.OBJECT,
  Kind.OBJECT_FIELD,
]);

/** Whether the node is a value that was written into the document. */
export function isInputValue(node: ASTNode | undefined): boolean {
  return node !== undefined && VALUE_KINDS.has(node.kind);
}

/**
 * The name of the input that the error is about, where graphql says so: the way into a variable's value
 * (`amendment.title`, `status[0]`), or the argument or field in the document.
 */
export function nameOfInput(error: GraphQLError): string | undefined {
  const [, variable] = /^Variable "\$(\w+)"/.exec(error.message) ?? [];
  if (variable !== undefined) return placeInVariable(error, variable);
  const [, argument] = /^Argument "(\w+)"/.exec(error.message) ?? [];
  return missingOrUnknown(error.message) ?? argument ?? nameBefore(error.nodes?.[0]);
}

/** `Variable "$name" got invalid value … at "name.way.to.it"; what is wrong`, where what is wrong is the inner error. */
function placeInVariable({ message, originalError }: GraphQLError, variable: string): string {
  const wrong = originalError instanceof GraphQLError ? originalError.message : "";
  // Cut off first: it may repeat what was sent, and that may look like anything.
  const place = message.endsWith(`; ${wrong}`) ? message.slice(0, -`; ${wrong}`.length) : "";
  const [, found] = new RegExp(` at "${variable}\\.?([^"]+)"$`).exec(place) ?? [];
  const way = found?.startsWith("[") ? `${variable}${found}` : found;
  const parts = [way, missingOrUnknown(wrong)].filter((part) => part !== undefined);
  return parts.length > 0 ? parts.join(".") : variable;
}

/** A field that is missing or unknown is named by the message; the place is that of the object around it. */
function missingOrUnknown(message: string): string | undefined {
  return /^Field "(?:\w+\.)?(\w+)" (?:of required type|is not defined)/.exec(message)?.[1];
}

/** The name before the colon that the value follows. */
function nameBefore(node: ASTNode | undefined): string | undefined {
  let token: Token | null | undefined = node?.loc?.startToken.prev;
  while (token?.kind === TokenKind.BRACKET_L) token = token.prev;
  return token?.kind === TokenKind.COLON ? token.prev?.value : undefined;
}
