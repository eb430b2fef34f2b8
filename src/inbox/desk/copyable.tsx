import { useState } from "react";
import { Button } from "react-aria-components";

/** A text to take along, with a button that copies it. */
export function Copyable({ text, name }: { readonly text: string; readonly name: string }) {
  const [said, setSaid] = useState("");
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setSaid("Copied"),
      () => setSaid("Not copied: select the text and copy it yourself"),
    );
  };
  return (
    <span className="desk-copyable">
      <code>{text}</code>
      <Button className="desk-button desk-button-small" aria-label={`Copy ${name}`} onPress={copy}>
        Copy
      </Button>
      <span role="status">{said}</span>
    </span>
  );
}
