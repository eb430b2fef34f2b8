/**
 * Ends this browser's session and leaves the page.
 * @throws Error where the server did not take it: the session goes on
 */
export async function signOut(): Promise<void> {
  const response = await fetch("/sign-out", {
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
  });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  // Whoever signs in next need not be who had this page open.
  location.assign("/sign-in");
}
