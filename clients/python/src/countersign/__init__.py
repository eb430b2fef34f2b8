"""Countersign: an agent proposes, a human signs off, the agent gets the decision.

    from countersign import HitlClient

    client = HitlClient("http://127.0.0.1:4000", "csk_…")
    ticket = client.submit_for_review({"title": "Expand loan term to 7 years"})
    decision = client.wait_for_decision(ticket["id"])
    print(decision["status"], decision["comments"])
"""

from ._flows import RetryPolicy
from .aio import AsyncHitlClient
from .client import HitlClient
from .errors import (
    AlreadyDecidedError,
    CountersignError,
    CursorInvalidError,
    NetworkError,
    NotFoundError,
    StaleRevisionError,
    UnauthenticatedError,
    WaitTimeoutError,
)
from .push import DecisionStream
from .types import Decision, Outcome, Principal, Proposal, Review, Status, Ticket

__version__ = "0.1.0"

__all__ = [
    "AlreadyDecidedError",
    "AsyncHitlClient",
    "CountersignError",
    "CursorInvalidError",
    "Decision",
    "DecisionStream",
    "HitlClient",
    "NetworkError",
    "NotFoundError",
    "Outcome",
    "Principal",
    "Proposal",
    "RetryPolicy",
    "Review",
    "StaleRevisionError",
    "Status",
    "Ticket",
    "UnauthenticatedError",
    "WaitTimeoutError",
    "__version__",
]
