import { useEffect, useRef, useState } from "react";
import { VerifyAuditDocument, type VerifyAuditMutation } from "../api/generated.js";
import { BusyButton } from "../desk/busy-button.tsx";
import { Copyable } from "../desk/copyable.tsx";
import { act, wordsOf } from "../desk/desk-client.js";
import { When } from "../desk/when.tsx";

type Verification = VerifyAuditMutation["verifyAudit"];
type Verdict = NonNullable<Verification["verdict"]>;

const COUNT = new Intl.NumberFormat();

/** Has the server verify the record, and says what came of it. */
export function VerifyRecord() {
  const [running, setRunning] = useState(false);
  const [latest, setLatest] = useState<Verification>();
  const [refusal, setRefusal] = useState("");
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);

  const verify = async (): Promise<void> => {
    setRunning(true);
    setRefusal("");
    setLatest(undefined);
    try {
      // The server answers each second with how far it has come; whoever leaves the page asks no more.
      for (let done = false; !done && here.current; ) {
        const { verifyAudit } = await act(VerifyAuditDocument, { waitSeconds: 1 });
        done = verifyAudit.verdict !== null;
        setLatest(verifyAudit);
      }
    } catch (error) {
      setRefusal(wordsOf(error));
    } finally {
      setRunning(false);
    }
  };
  const verdict = latest?.verdict ?? null;
  return (
    <section className="audit-verify" aria-labelledby="audit-verify-title">
      <div>
        <h2 id="audit-verify-title">Is the record whole?</h2>
        <p className="desk-hint">
          Verifying computes every hash again, and holds every ticket, review, decision and key against the
          events.
        </p>
      </div>
      <BusyButton
        says={running ? "Verifying …" : "Verify the record"}
        busy={running}
        look="main"
        onPress={() => void verify()}
      />
      <div role="status" className="audit-progress">
        {running ? progressWords(latest) : null}
        {verdict?.ok === true && latest !== undefined ? <Holds verdict={verdict} latest={latest} /> : null}
      </div>
      <div role="alert" className="audit-progress">
        {refusal === "" ? null : <p className="desk-refusal">{refusal}</p>}
        {verdict?.ok === false ? <DoesNotHold verdict={verdict} /> : null}
      </div>
    </section>
  );
}

function progressWords(latest: Verification | undefined): string {
  if (latest === undefined) return "Verifying …";
  return `Verifying … ${looked(latest)} looked at so far.`;
}

function looked({ events, tickets }: Verification): string {
  return `${COUNT.format(events)} event${events === 1 ? "" : "s"} and ${COUNT.format(tickets)} ticket${tickets === 1 ? "" : "s"}`;
}

function Holds({ verdict, latest }: { readonly verdict: Verdict; readonly latest: Verification }) {
  const { lastSequence, lastHash, checkpointSequence, checkedAt } = verdict;
  return (
    <div className="audit-verdict audit-holds">
      <p>
        <strong>The record holds.</strong> {looked(latest)}: all as the chain of hashes says. Checked{" "}
        <When at={checkedAt} />.
      </p>
      <p>
        {checkpointSequence === null
          ? "This server has kept no signed checkpoint of it yet: a record rewritten as a whole would show only against a hash that you kept elsewhere."
          : `It was held against the signed checkpoint at event ${checkpointSequence}, which is kept outside the database.`}
      </p>
      {lastHash === null ? null : (
        <p>
          Keep the hash of event {lastSequence} elsewhere, to compare later:{" "}
          <Copyable text={lastHash} name="the last hash" />
        </p>
      )}
    </div>
  );
}

function DoesNotHold({ verdict }: { readonly verdict: Verdict }) {
  const { findings, furtherFindings } = verdict;
  return (
    <div className="audit-verdict audit-broken">
      <p>
        <strong>The record does not hold.</strong> Something was changed past the service. Tell whoever runs
        it, and keep the database as it is.
      </p>
      <ul>
        {findings.map(({ sequence, message }) => (
          <li key={`${sequence} ${message}`}>
            {sequence === null ? null : <strong>Event {sequence}: </strong>}
            {message}
          </li>
        ))}
      </ul>
      {furtherFindings === 0 ? null : <p>And {COUNT.format(furtherFindings)} more.</p>}
    </div>
  );
}
