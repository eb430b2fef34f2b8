interface BusyButtonProps {
  readonly says: string;
  readonly busy: boolean;
  /** A button that sends its form has none. */
  readonly onPress?: () => void;
  readonly look?: "main" | "danger" | undefined;
}

/** A button whose work takes a while: it keeps the focus meanwhile, and another press does nothing. */
export function BusyButton({ says, busy, onPress, look }: BusyButtonProps) {
  return (
    <button
      type={onPress === undefined ? "submit" : "button"}
      className={`desk-button${look === undefined ? "" : ` desk-button-${look}`}`}
      aria-disabled={busy}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onPress?.();
      }}
    >
      {says}
    </button>
  );
}
