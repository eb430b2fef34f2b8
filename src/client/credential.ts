import { CountersignError } from "./countersign-error.js";

/**
 * An API key or token; or a function that gives one, which is asked anew for every HTTP request and every new connection:
 * it does its own caching. Where such a function fails, the call is tried again; to have it fail at once, let the function
 * throw a CountersignError with a code such as UNAUTHENTICATED.
 */
export type ApiKey = string | (() => string | Promise<string>);

/** Gives the value of the Authorization header. */
export type Authorization = () => Promise<string>;

// What a header may hold. fetch would refuse anything else too, but with the whole value in its error's message.
const BEARER = /^[\x21-\x7e]+$/;

/** @throws CountersignError BAD_CONFIGURATION where the key is empty or cannot be sent in a header */
export function authorizationFrom(apiKey: ApiKey): Authorization {
  if (typeof apiKey === "function") {
    return async () => bearer(await ask(apiKey));
  }
  const value = bearer(apiKey);
  return () => Promise.resolve(value);
}

async function ask(provider: () => string | Promise<string>): Promise<string> {
  try {
    return await provider();
  } catch (error) {
    if (error instanceof CountersignError) throw error;
    const message = "The function given as apiKey failed.";
    throw new CountersignError("CREDENTIAL_UNAVAILABLE", message, { cause: error });
  }
}

function bearer(apiKey: unknown): string {
  // A key that was read from a file often ends in a line break.
  const key = typeof apiKey === "string" ? apiKey.trim() : "";
  if (!BEARER.test(key)) {
    const message = "apiKey must be a key or token, as text without blanks, or a function that gives one.";
    throw new CountersignError("BAD_CONFIGURATION", message);
  }
  return `Bearer ${key}`;
}
