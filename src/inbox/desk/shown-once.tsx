import { Button } from "react-aria-components";
import { Copyable } from "./copyable.tsx";
import { DeskDialog } from "./desk-dialog.tsx";

interface ShownOnceProps {
  readonly title: string;
  /** What it is, as the copy button names it. */
  readonly what: string;
  readonly text: string;
  readonly advice: string;
  readonly onClose: () => void;
}

/** A secret that the server tells once. Nothing keeps it but this dialog. */
export function ShownOnce({ title, what, text, advice, onClose }: ShownOnceProps) {
  return (
    <DeskDialog title={title} onClose={onClose} keep>
      <p>{advice}</p>
      <p>
        <Copyable text={text} name={what} />
      </p>
      <div className="desk-actions">
        <Button className="desk-button desk-button-main" onPress={onClose}>
          I have kept it
        </Button>
      </div>
    </DeskDialog>
  );
}
