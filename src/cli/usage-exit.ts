/** Exit status for wrong usage. The same as EXIT.usage, which lies behind a heavy import that `--help` must not wait for. */
export const USAGE_EXIT = 2;
