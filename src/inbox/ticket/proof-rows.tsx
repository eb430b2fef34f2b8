import { CopyValue } from "./copy-value.tsx";

interface ProofRowsProps {
  readonly digest: string;
  /** Null unless reviews settled it. */
  readonly receipt: string | null;
}

/** What proves what was signed, as rows of a list of facts. */
export function ProofRows({ digest, receipt }: ProofRowsProps) {
  return (
    <>
      <dt>Digest</dt>
      <dd>
        <CopyValue name="Digest" value={digest} />
      </dd>
      {receipt !== null && (
        <>
          <dt>Receipt</dt>
          <dd>
            <CopyValue name="Receipt" value={receipt} />
          </dd>
        </>
      )}
    </>
  );
}
