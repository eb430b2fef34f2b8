const SHORT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

/** A time in the reader's zone; the zone itself on hover. */
export function When({ at }: { readonly at: string }) {
  const time = new Date(at);
  return (
    <time dateTime={at} title={EXACT.format(time)}>
      {SHORT.format(time)}
    </time>
  );
}
