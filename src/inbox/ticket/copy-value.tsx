import { useAnnounce } from "./announcer.tsx";

/** A value that somebody may need elsewhere, with a button that copies it whole. */
export function CopyValue({ name, value }: { readonly name: string; readonly value: string }) {
  const announce = useAnnounce();
  const copy = (): void => {
    navigator.clipboard.writeText(value).then(
      () => announce(`${name} copied.`),
      () => announce(`The browser did not let the page copy. Select the ${name.toLowerCase()} and copy it.`),
    );
  };
  return (
    <span className="ticket-copy">
      <code className="ticket-copy-value">{value}</code>
      <button type="button" className="ticket-small" onClick={copy} aria-label={`Copy ${name.toLowerCase()}`}>
        Copy
      </button>
    </span>
  );
}
