"""What goes over the wire, as it is written there: plain dicts."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Dict, List, Literal, Optional, TypedDict, Union

#: Where a ticket stands. `approved`, `rejected`, `expired` and `withdrawn` are final.
Status = Literal["pending", "approved", "rejected", "needs_changes", "expired", "withdrawn"]
#: A reviewer's word.
Outcome = Literal["approved", "rejected", "needs_changes"]
#: An instant as ISO 8601 text, or a datetime that has a time zone.
Instant = Union[str, datetime]


class Principal(TypedDict):
    id: str
    name: str
    #: agent, human or system
    kind: str


class Proposal(TypedDict, total=False):
    """What is proposed. `title` is required; queue and what follows it belong to a first submission alone."""

    title: str
    detail: Optional[str]
    payload: Optional[Dict[str, Any]]
    queue: Optional[str]
    priority: Optional[str]
    dueAt: Optional[Instant]
    expiresAt: Optional[Instant]
    approvalsRequired: Optional[int]
    callbackUrl: Optional[str]


class Review(TypedDict):
    """One reviewer's word on one revision."""

    reviewer: Principal
    revision: int
    outcome: Outcome
    comments: Optional[str]
    reviewedAt: str


class Decision(TypedDict):
    """Where a ticket was settled: by which word, and about exactly what."""

    id: str
    status: Status
    #: What whoever settled it said.
    comments: Optional[str]
    revision: int
    title: str
    detail: Optional[str]
    payload: Optional[Dict[str, Any]]
    #: `sha256:…` of title, detail and payload.
    digest: str
    decidedBy: Optional[Principal]
    decidedAt: Optional[str]
    #: A position in the ledger: hand it to decisions() as `after` to go on behind it.
    cursor: Optional[str]
    #: The signed statement of what was decided, by whom, on which digest; see docs/protocol.md.
    receipt: Optional[str]


class Ticket(Decision):
    """A ticket and where it stands; while `status` is pending, revision, title and so on are those to decide."""

    queue: str
    priority: str
    approvalsRequired: int
    submittedBy: Principal
    submittedAt: str
    updatedAt: str
    dueAt: Optional[str]
    expiresAt: Optional[str]
    assignee: Optional[Principal]
    reviews: List[Review]
