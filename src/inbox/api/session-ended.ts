/** Where the session has ended, only signing in again helps. */
export function sessionEnded(): void {
  location.assign("/sign-in");
}
