/** Paths of the REST facade, what it does not serve there included: errors on them are problem details (RFC 9457). */
const FACADE_PATHS = /^\/(?:hitl(?:\/.*)?|events|openapi\.json|auth\/token)$/;

/** Where the OpenAPI document is had. */
export const OPENAPI_PATH = "/openapi.json";

/** Whether a path is one of the REST facade. */
export function isFacadePath(path: string): boolean {
  return FACADE_PATHS.test(path);
}
