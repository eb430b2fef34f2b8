"""Requests and answers, and what an answer means; no input or output happens here."""

from __future__ import annotations

import io
import json
import re
import urllib.parse
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import Any, Dict, Mapping, NoReturn, Optional, cast

from .errors import CountersignError, NetworkError, error_of

#: No answer of Countersign comes near this; what does is none of its answers.
LONGEST_ANSWER = 64 * 1024 * 1024
_PIECE = 64 * 1024

USER_AGENT = "countersign-python/0.1.0"


@dataclass(frozen=True)
class Request:
    method: str
    #: Below core_url, beginning with a slash.
    path: str
    #: Seconds that the answer may take.
    timeout: float
    body: Optional[bytes] = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def under(self, authorization: str) -> Request:
        headers = {**self.headers, "Authorization": authorization}
        return Request(self.method, self.path, self.timeout, self.body, headers)

    def all_headers(self, host: str) -> Dict[str, str]:
        headers = {
            "Host": host,
            "User-Agent": USER_AGENT,
            "Accept": "application/json, application/problem+json",
            "Connection": "close",
        }
        if self.body is not None:
            headers["Content-Type"] = "application/json"
            headers["Content-Length"] = str(len(self.body))
        return {**headers, **self.headers}


@dataclass(frozen=True)
class Answer:
    status: int
    #: Names in lower case.
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Core:
    """Where Countersign is: the parts of core_url."""

    secure: bool
    host: str
    port: int
    #: The path before the API's own, without a slash at its end.
    prefix: str

    @property
    def authority(self) -> str:
        """Host and port as the Host header has them."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.secure else 80) else f"{name}:{self.port}"

    @property
    def url(self) -> str:
        return f"{'https' if self.secure else 'http'}://{self.authority}{self.prefix}"

    @property
    def web_socket_url(self) -> str:
        return f"{'wss' if self.secure else 'ws'}://{self.authority}{self.prefix}/graphql"


def core_of(core_url: str) -> Core:
    """The parts of core_url, which may have a path prefix and a trailing slash.

    :raises CountersignError: BAD_CONFIGURATION; the text itself is not repeated, since it may hold a password
    """
    try:
        url = urllib.parse.urlsplit(core_url.strip())
        port = url.port
    except (AttributeError, ValueError):
        _misconfigured("core_url must be an absolute http:// or https:// URL.")
    if url.scheme not in ("http", "https") or not url.hostname:
        _misconfigured("core_url must be an absolute http:// or https:// URL.")
    if url.username is not None or url.password is not None or url.query or url.fragment:
        _misconfigured("core_url must not hold a user name, a password, a query or a fragment.")
    if not re.fullmatch(r"[\x21-\x7e]*", url.path) or not re.fullmatch(r"[\x21-\x7e]+", url.hostname):
        _misconfigured("core_url must be written in ASCII, without blanks.")
    secure = url.scheme == "https"
    return Core(secure, url.hostname, port or (443 if secure else 80), url.path.rstrip("/"))


def _misconfigured(message: str) -> NoReturn:
    raise CountersignError("BAD_CONFIGURATION", message)


def encode(body: Mapping[str, object]) -> bytes:
    """
    :raises CountersignError: BAD_USER_INPUT for what JSON cannot carry
    """
    try:
        return json.dumps(body, allow_nan=False, default=_instant, separators=(",", ":")).encode()
    except CountersignError:
        raise
    except (TypeError, ValueError, RecursionError) as error:
        raise CountersignError("BAD_USER_INPUT", f"The input has no JSON form: {error}.") from None


def _instant(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"a {type(value).__name__} is none of JSON's kinds of value")
    if value.utcoffset() is None:
        raise ValueError("a datetime without a time zone names no instant")
    text = value.astimezone(timezone.utc).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


class _Received(io.BytesIO):
    """What http.client takes for a socket."""

    def makefile(self, *_args: object, **_options: object) -> _Received:
        return self


def parse_answer(received: bytes, method: str, core: Core, cause: Optional[BaseException]) -> Answer:
    """The answer that was received up to the end of the connection; `cause` is why that ended."""
    response = HTTPResponse(cast(Any, _Received(received)), method=method)
    try:
        response.begin()
        return read_answer(response)
    except (OSError, HTTPException) as error:
        # Half a line may have been going to be anything.
        told = None if isinstance(error, IncompleteRead) or b"\n" not in received else error
        raise broken(core, told or cause or ConnectionResetError("the connection ended")) from None
    finally:
        response.close()


def read_answer(response: HTTPResponse) -> Answer:
    """
    :raises OSError, HTTPException: where the connection breaks before the answer's end
    """
    body = bytearray()
    while True:
        # Not more at once: Python 3.9 allocates what it is asked for.
        part = response.read(_PIECE)
        if not part:
            break
        body += part
        if len(body) > LONGEST_ANSWER:
            raise CountersignError("BAD_RESPONSE", f"The answer has more than {LONGEST_ANSWER} bytes.")
    # read() with a length takes a connection's end for the answer's.
    if response.length:
        raise IncompleteRead(b"", response.length)
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, bytes(body))


def broken(core: Core, cause: BaseException) -> CountersignError:
    """The error for an exchange that came to no answer."""
    # A server that closes without a word is both a ConnectionError and a "bad status line".
    if isinstance(cause, HTTPException) and not isinstance(cause, (ConnectionError, IncompleteRead)):
        return CountersignError("BAD_RESPONSE", f"What answers at {core.url} does not speak HTTP.")
    # Not by class: where Python has no ssl there is none to compare with.
    if type(cause).__name__ == "SSLCertVerificationError":
        reason = getattr(cause, "verify_message", "") or str(cause)
        message = f"The certificate of {core.url} does not hold: {reason}. ssl_context is for private authorities."
        return CountersignError("BAD_CONFIGURATION", message)
    error = NetworkError("NETWORK", f"No answer from {core.url}: {str(cause) or type(cause).__name__}.")
    error.__cause__ = cause
    return error


#: Codes for answers that some proxy gave in the server's place.
_CODE_BY_STATUS = {
    401: "UNAUTHENTICATED",
    403: "FORBIDDEN",
    429: "RATE_LIMITED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "UNAVAILABLE",
}

#: Members of a problem (RFC 9457) that are no details.
_NOT_DETAILS = frozenset(["type", "title", "status", "detail", "instance", "code", "message", "requestId"])


def result_of(answer: Answer, core: Core) -> Dict[str, Any]:
    """The JSON object of an answer; an empty one where there is no body.

    :raises CountersignError: for every answer that is none
    """
    body = _object_in(answer.body)
    if 200 <= answer.status < 300:
        if body is None and answer.body.strip():
            raise _no_countersign(answer, core)
        return body or {}
    raise _refusal(answer, body, core)


def _refusal(answer: Answer, body: Optional[Dict[str, Any]], core: Core) -> CountersignError:
    problem = _problem_in(body or {})
    code = problem.get("code")
    if not isinstance(code, str):
        code = _CODE_BY_STATUS.get(answer.status)
        if code is None:
            return _no_countersign(answer, core)
        problem = {"message": f"{core.url} answered with HTTP status {answer.status}."}
    details = {name: value for name, value in problem.items() if name not in _NOT_DETAILS}
    seconds = retry_after_of(answer.headers.get("retry-after"))
    if seconds is not None:
        details.setdefault("retryAfter", seconds)
    texts = (problem.get(name) for name in ("message", "detail", "title"))
    message = next((text for text in texts if isinstance(text, str) and text), code)
    request_id = problem.get("requestId") or answer.headers.get("x-request-id")
    return error_of(code, message, status=answer.status, details=details, request_id=_text(request_id))


def _problem_in(body: Dict[str, Any]) -> Dict[str, Any]:
    """A problem as REST gives it, or what other paths and guards before REST answer with."""
    if isinstance(body.get("error"), dict):
        return cast(Dict[str, Any], body["error"])
    errors = body.get("errors")
    if isinstance(errors, list) and errors:
        return problem_of_graphql(errors[0])
    return body


def problem_of_graphql(entry: object) -> Dict[str, Any]:
    """One of GraphQL's errors in the form of a problem."""
    if not isinstance(entry, dict):
        return {}
    extensions = entry.get("extensions")
    facts = dict(extensions) if isinstance(extensions, dict) else {}
    facts.pop("stacktrace", None)
    return {**facts, "message": entry.get("message")}


def error_of_graphql(entry: object) -> CountersignError:
    problem = problem_of_graphql(entry)
    details = {name: value for name, value in problem.items() if name not in _NOT_DETAILS}
    code = _text(problem.get("code")) or "INTERNAL_SERVER_ERROR"
    message = _text(problem.get("message")) or "The server gave an error without a message."
    return error_of(code, message, details=details, request_id=_text(problem.get("requestId")))


def _no_countersign(answer: Answer, core: Core) -> CountersignError:
    redirected = 300 <= answer.status < 400
    what = "a redirect, which is not followed" if redirected else f"HTTP status {answer.status}"
    message = f"{core.url} answered with {what}, not with Countersign's JSON. Check core_url."
    return CountersignError("BAD_RESPONSE", message, status=answer.status)


def _object_in(body: bytes) -> Optional[Dict[str, Any]]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _text(value: object) -> Optional[str]:
    return value if isinstance(value, str) else None


def retry_after_of(header: Optional[str]) -> Optional[float]:
    """Seconds, from either form of the header (RFC 9110, 10.2.3)."""
    if header is None:
        return None
    if re.fullmatch(r"\d{1,9}(\.\d+)?", header.strip()):
        return float(header)
    try:
        date = parsedate_to_datetime(header)
    except (TypeError, ValueError, IndexError):
        return None
    now = datetime.now(timezone.utc) if date.tzinfo is not None else datetime.utcnow()
    return max(0.0, (date - now).total_seconds())
