"""The HITL client by the name that scripts know it by; what they say goes to a running Countersign.

    from hms_etl.hitl import HitlClient

    client = HitlClient(core_url="https://core.gov.example", api_key="CFPB_HITL_KEY")
    ticket = client.submit_for_review({"title": "Expand loan term to 7 years"})
    result = client.get_decision(ticket_id=ticket["id"])

HITL_CORE_URL and HITL_API_KEY in the environment override the address and the key that a script names, so that it runs
unchanged anywhere. For new code, `countersign.HitlClient` says more and decides less.
"""

from __future__ import annotations

import logging
import math
import os
from typing import Mapping, Optional, Union

from countersign import CountersignError, HitlClient as _Client, Ticket, WaitTimeoutError

__all__ = ["DecisionPending", "HitlClient"]

_log = logging.getLogger("hms_etl.hitl")

#: How long get_decision() waits unless it is told, in seconds: a day.
DEFAULT_WAIT_SECONDS = 86_400.0


class DecisionPending(WaitTimeoutError):
    """Nobody has decided yet, and the limit has passed. Also a builtin TimeoutError; `details["ticketId"]` is the ticket.

    The ticket goes on: ask again for it later.
    """


class HitlClient:
    """Submits proposals, and waits for what a human decides.

    :param core_url: where Countersign is, unless HITL_CORE_URL says otherwise
    :param api_key: the agent's key, unless HITL_API_KEY says otherwise
    :param wait_seconds: how long get_decision() waits; otherwise HITL_WAIT_SECONDS, otherwise a day; `inf` is for ever
    """

    def __init__(
        self, core_url: str, api_key: str, *, wait_seconds: Union[float, str, None] = None
    ) -> None:
        core_url = os.environ.get("HITL_CORE_URL") or core_url
        api_key = os.environ.get("HITL_API_KEY") or api_key
        if wait_seconds is None:
            wait_seconds = os.environ.get("HITL_WAIT_SECONDS") or DEFAULT_WAIT_SECONDS
        self._wait_seconds = _seconds(wait_seconds)
        self._client = _Client(core_url, api_key)

    def submit_for_review(self, proposal: Mapping[str, object]) -> Ticket:
        """Submits a proposal, and logs that it does."""
        self._log("Submitting for review")
        return self._client.submit_for_review(proposal)

    def get_decision(self, ticket_id: str, *, wait_seconds: Optional[float] = None) -> Ticket:
        """What was decided, once it is: this waits.

        A script that asks for the decision tells `approved` and `needs_changes` apart and takes all else for a rejection.
        An answer `pending` would be a rejection that nobody made, so there is none: this answers once the ticket is
        settled, or raises.

        :raises DecisionPending: nobody has decided within the limit
        """
        self._log(f"Checking ticket {ticket_id}")
        limit = self._wait_seconds if wait_seconds is None else _seconds(wait_seconds)
        try:
            return self._client.wait_for_decision(ticket_id, limit)
        except WaitTimeoutError as error:
            message = f"{ticket_id} is still pending after {limit:g} s: neither approved nor rejected. Ask again later."
            raise DecisionPending("TIMEOUT", message, details=error.details) from None

    def close(self) -> None:
        """Ends everything that is under way."""
        self._client.close()

    def _log(self, message: str) -> None:
        """A step that cannot be logged is no reason not to take it: what counts is on the ledger by itself."""
        try:
            self._client._log_quickly("hitl-service", "INFO", message)
        except CountersignError as error:
            if error.code == "CLIENT_CLOSED":
                raise
            _log.warning("%r was not logged: %s", message, error)


def _seconds(value: Union[float, str]) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = math.nan
    if math.isnan(seconds) or seconds < 0:
        message = "wait_seconds (HITL_WAIT_SECONDS) must be 0 or more seconds; inf waits for as long as it takes."
        raise CountersignError("BAD_CONFIGURATION", message)
    return seconds
