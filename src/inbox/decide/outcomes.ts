/** What one can choose: the outcomes of the API, and approval together with an edit. */
export type Choice = "APPROVE" | "REJECT" | "CHANGES" | "EDIT";

export interface ChoiceWords {
  readonly key: string;
  readonly label: string;
  /** On the button that signs. */
  readonly sign: string;
  readonly commentLabel: string;
}

/** The choices in the order in which they are offered. */
export const CHOICES: Readonly<Record<Choice, ChoiceWords>> = {
  APPROVE: { key: "a", label: "Approve", sign: "Sign approval", commentLabel: "Comment (if you like)" },
  REJECT: { key: "r", label: "Reject", sign: "Sign rejection", commentLabel: "Why (if you like)" },
  CHANGES: { key: "c", label: "Needs changes", sign: "Ask for changes", commentLabel: "What has to change" },
  EDIT: {
    key: "e",
    label: "Approve with edits",
    sign: "Sign approval with edits",
    commentLabel: "Comment (if you like)",
  },
};

/** Bounds that the server holds; saying so before something is sent saves a refusal. Characters, but for the payload. */
export const DECIDE_LIMITS = {
  comments: 20_000,
  title: 300,
  detail: 100_000,
  payloadBytes: 256 * 1024,
} as const;
