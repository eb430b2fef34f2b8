import type { Verification } from "../../ledger/audit-verifier.js";
import type { AuditVerdict, AuditVerification } from "../types/audit-verification.js";

export function toAuditVerification({ startedAt, events, tickets, done }: Verification): AuditVerification {
  return { startedAt, events, tickets, verdict: done === undefined ? null : toVerdict(done) };
}

function toVerdict({ verdict, findings, checkedAt }: NonNullable<Verification["done"]>): AuditVerdict {
  const shown = findings.map(({ sequence, reason }) => ({ sequence, message: reason }));
  if (verdict.ok) {
    const { lastSequence, lastHash, checkpointSequence } = verdict;
    return {
      ok: true,
      findings: shown,
      furtherFindings: 0,
      checkedAt,
      lastSequence,
      lastHash,
      checkpointSequence,
    };
  }
  return {
    ok: false,
    findings: shown,
    furtherFindings: 1 + (verdict.more ?? 0) - shown.length,
    checkedAt,
    lastSequence: null,
    lastHash: null,
    checkpointSequence: null,
  };
}
