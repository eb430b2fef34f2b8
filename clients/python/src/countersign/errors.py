"""What goes wrong, told apart by `code`."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Tuple, Type, cast


class CountersignError(Exception):
    """Whatever a client raises. Tell errors apart by `code`, which is stable; `message` is for people.

    No error holds the API key or a token. `details` has what the server says beside the code, such as `field` with
    BAD_USER_INPUT; calls about a ticket add `ticketId`, and calls that change something `idempotencyKey`: where the
    outcome is unknown (NETWORK), calling again under the same key cannot do the work twice.

    The codes are the server's and these of the client: NETWORK, BAD_RESPONSE, TIMEOUT, CLIENT_CLOSED, BAD_CONFIGURATION.
    """

    code: str
    message: str
    #: The HTTP status of the answer that refused, where there was one.
    status: Optional[int]
    details: Dict[str, Any]
    #: Find the request in the server's log by it.
    request_id: Optional[str]

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: Optional[int] = None,
        details: Optional[Mapping[str, Any]] = None,
        request_id: Optional[str] = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.details = dict(details or {})
        self.request_id = request_id

    @property
    def retry_after(self) -> Optional[float]:
        """Seconds that the server asks to wait before trying again."""
        seconds = self.details.get("retryAfter")
        return float(seconds) if isinstance(seconds, (int, float)) and seconds > 0 else None

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def __reduce__(self) -> Tuple[Any, ...]:
        # Errors cross process boundaries (multiprocessing), and what they say has to come along.
        return _rebuild, (type(self), self.code, self.message, self.status, self.details, self.request_id)


class UnauthenticatedError(CountersignError):
    """UNAUTHENTICATED: no credential, or one that is unknown, expired or revoked."""


class NotFoundError(CountersignError):
    """NOT_FOUND: there is no such thing, or none that this principal may see."""


class AlreadyDecidedError(CountersignError):
    """ALREADY_DECIDED: somebody else settled this revision first."""

    @property
    def decision(self) -> Optional[Dict[str, Any]]:
        """The decision that won."""
        return cast(Optional[Dict[str, Any]], self.details.get("decision"))


class StaleRevisionError(CountersignError):
    """STALE_REVISION: the revision that was named is not the current one."""

    @property
    def current_revision(self) -> Optional[int]:
        return cast(Optional[int], self.details.get("currentRevision"))


class CursorInvalidError(CountersignError):
    """CURSOR_INVALID: the cursor is malformed, foreign, or from before a restored backup."""


class NetworkError(CountersignError, ConnectionError):
    """NETWORK: the server could not be reached, or the connection broke. Also a builtin ConnectionError."""


class WaitTimeoutError(CountersignError, TimeoutError):
    """TIMEOUT: the limit of a wait has passed; the ticket goes on, undecided. Also a builtin TimeoutError."""


_CLASS_BY_CODE: Dict[str, Type[CountersignError]] = {
    "UNAUTHENTICATED": UnauthenticatedError,
    "NOT_FOUND": NotFoundError,
    "ALREADY_DECIDED": AlreadyDecidedError,
    "STALE_REVISION": StaleRevisionError,
    "CURSOR_INVALID": CursorInvalidError,
    "NETWORK": NetworkError,
    "TIMEOUT": WaitTimeoutError,
}


def error_of(
    code: str,
    message: str,
    *,
    status: Optional[int] = None,
    details: Optional[Mapping[str, Any]] = None,
    request_id: Optional[str] = None,
) -> CountersignError:
    """The error of that code, in its own class where it has one."""
    kind = _CLASS_BY_CODE.get(code, CountersignError)
    return kind(code, message, status=status, details=details, request_id=request_id)


def bad_input(field: str, message: str) -> CountersignError:
    """What this side can tell to be wrong without asking the server."""
    return CountersignError("BAD_USER_INPUT", message, details={"field": field})


def _rebuild(
    kind: Type[CountersignError],
    code: str,
    message: str,
    status: Optional[int],
    details: Dict[str, Any],
    request_id: Optional[str],
) -> CountersignError:
    return kind(code, message, status=status, details=details, request_id=request_id)
