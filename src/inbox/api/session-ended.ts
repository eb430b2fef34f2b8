/** Where one signs in and then comes back to what is open now. */
export function signInAgainAddress(): string {
  const here = `${location.pathname}${location.search}`;
  return here === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(here)}`;
}

/** Where the session has ended, only signing in again helps. */
export function sessionEnded(): void {
  location.assign(signInAgainAddress());
}
