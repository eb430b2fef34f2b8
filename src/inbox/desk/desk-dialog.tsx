import type { ReactNode } from "react";
import { Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import "./own-styles.js";

interface DeskDialogProps {
  readonly title: string;
  readonly onClose: () => void;
  /** Whether a press beside it, or Escape, closes it: not where something is shown that is shown only once. */
  readonly keep?: boolean;
  readonly children: ReactNode;
}

/** A dialog over the page. The focus goes into it, stays there, and comes back. */
export function DeskDialog({ title, onClose, keep = false, children }: DeskDialogProps) {
  return (
    <ModalOverlay
      className="desk-veil"
      isOpen
      isDismissable={!keep}
      isKeyboardDismissDisabled={keep}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Modal className="desk-modal">
        <Dialog className="desk-dialog">
          <Heading slot="title" className="desk-dialog-title">
            {title}
          </Heading>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
