interface BusyButtonProps {
  readonly says: string;
  /** What it is called by who does not see what it stands beside; begins with what it says. */
  readonly name?: string | undefined;
  readonly busy: boolean;
  /** A button that sends its form has none. */
  readonly onPress?: () => void;
  readonly look?: "main" | "danger" | "small" | undefined;
}

/** A button whose work takes a while: it keeps the focus meanwhile, and another press does nothing. */
export function BusyButton({ says, name, busy, onPress, look }: BusyButtonProps) {
  return (
    <button
      type={onPress === undefined ? "submit" : "button"}
      className={`desk-button${look === undefined ? "" : ` desk-button-${look}`}`}
      aria-label={name}
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
