"""What holds of every route of a service, whatever it does: read off its own description, and asked of it over HTTP."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx

from shared.web.pages import _check, scope_of

_STREAM: Final = "text/event-stream"
_NUMBER: Final = "7"
_MISSPELT: Final = ("07", "007", "+7", "7_0", "-0", "7.0", "\u0667", "%37", "seven")
# What a parameter is refused by that is written otherwise: by one name, wherever there is one.
_UNREADABLE: Final = {"cursor": "CURSOR_MALFORMED", "known": "KNOWN_TIME_UNREADABLE"}
_OUT_OF_RANGE: Final = (
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59",
    "0000-00-00T00:00:00+00:00",
    "2024-02-30T00:00:00+00:00",
    "2024-01-01T00:00:00",
    "infinity",
    "9" * 5_000,
)
# Sort keys that no list of ours ever ended a page with: each is JSON of texts and numbers, as a cursor has to be.
HOSTILE: Final = (
    b"[]",
    b"[-1]",
    b"[" + b"9" * 5_000 + b"]",
    b"[9223372036854775808]",
    b'["\\u0000"]',
    b"[1,2]",
    b'["a","b"]',
    b'["' + b"x" * 5_000 + b'","' + b"x" * 5_000 + b'"]',
    *(f'["{each}","stream","name","subject","party"]'.encode() for each in _OUT_OF_RANGE),
    b'["2024-01-01T00:00:00+00:00","agreement:A","\\u0000","subject","party"]',
    b'["2024-01-01T00:00:00+00:00",1,2,3,4]',
    b'["2024-01-01T00:00:00+00:00","too","few"]',
)
EVERYBODY: Final = ("representative", "partner", "auditor", "operator", "service", "notifier")


@dataclass(frozen=True)
class Operation:
    """One method of one address, with an id in it that names nothing."""

    method: str
    path: str
    described: dict[str, Any]
    misspelt: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def parameters(self, where: str) -> list[str]:
        return [each["name"] for each in self.described.get("parameters", []) if each["in"] == where]

    def besides(self, name: str) -> str:
        """Return what a query needs besides a parameter for nothing else to be missing."""
        required = [each for each in self.described.get("parameters", []) if each["in"] == "query" and each["required"]]
        return "".join(f"&{each['name']}={_valid(each)}" for each in required if each["name"] != name)

    @property
    def has_a_body(self) -> bool:
        return "requestBody" in self.described

    @property
    def has_an_id(self) -> bool:
        return "path" in {each["in"] for each in self.described.get("parameters", [])}

    @property
    def streams(self) -> bool:
        return _STREAM in self.described["responses"].get("200", {}).get("content", {})


class Asked:
    """A service, its description, and somebody with every role, who gets past every guard."""

    def __init__(self, client: httpx.AsyncClient, token: str | None, document: dict[str, Any]) -> None:
        self._client = client
        self._headers = [("Authorization", f"Bearer {token}")]
        self.operations = list(_operations(document))

    @classmethod
    async def of(cls, client: httpx.AsyncClient, token: str | None) -> "Asked":
        """Return a service as a token for every role may ask it."""
        return cls(client, token, (await client.get("/openapi.json")).json())

    async def ask(
        self, operation: Operation, *, method: str = "", query: str = "", headers: Any = (), end: str = ""
    ) -> httpx.Response:
        given = [*self._headers, *headers]
        return await self._client.request(
            method or operation.method, f"{operation.path}{end}{query and '?'}{query}", headers=given
        )


async def check_every_route(asked: Asked) -> None:
    """Fail with every route that does otherwise than all others."""
    found = [wrong for operation in asked.operations async for wrong in _wrong(asked, operation)]

    assert not found, "\n".join(found)
    assert asked.operations


async def _wrong(asked: Asked, operation: Operation) -> Any:
    async for what, expected, answer in _questions(asked, operation):
        code = answer.json().get("code") if answer.content and answer.status_code >= 400 else None
        if expected not in {answer.status_code, code}:
            yield f"{operation}: {what} is {answer.status_code} {code}, not {expected}"


async def _questions(asked: Asked, operation: Operation) -> Any:
    """Yield what is asked of a route, the status or code that is to come of it, and the answer."""
    yield "another spelling", 404, await asked.ask(operation, end="/")
    for path in operation.misspelt:
        declared = "ROUTE_UNKNOWN" in operation.described["responses"]["404"]["description"]
        yield path, "ROUTE_UNKNOWN" if declared else "declared", await asked.ask(replace(operation, path=path))
    yield "a coded body", "ENCODING_UNSUPPORTED", await asked.ask(operation, headers=[("Content-Encoding", "gzip")])
    options = await asked.ask(operation, method="OPTIONS")
    yield f"OPTIONS with {options.headers.get('Allow')}", 204 if _allows(asked, operation, options) else 0, options
    async for each in _about_head(asked, operation):
        yield each
    if "Asks for no token." in operation.described["description"]:
        return
    yield "a stranger", "PARAMETER_UNKNOWN", await asked.ask(operation, query="stranger=1")
    for name in operation.parameters("query"):
        twice = await asked.ask(operation, query=f"{name}=1&{name}=1")
        yield f"{name} twice", "PARAMETER_REPEATED", twice
        for value in ("%00", "%ff", "a%0a"):
            malformed = await asked.ask(operation, query=f"{name}={value}{operation.besides(name)}")
            yield f"{name}={value}", _UNREADABLE.get(name, "PARAMETER_MISTYPED"), malformed
    for name in operation.parameters("header"):
        lines = await asked.ask(operation, headers=[(name, '"1"'), (name, '"1"')])
        yield f"{name} on two lines", "HEADER_REPEATED", lines
    for more in (_about_commands, _about_cursors):
        async for each in more(asked, operation):
            yield each


def cursor_of(scope: str, key: bytes) -> str:
    """Return a cursor with a right checksum, whatever is behind it."""
    return urlsafe_b64encode(_check(scope, key) + key).rstrip(b"=").decode()


async def _about_head(asked: Asked, operation: Operation) -> Any:
    head = await asked.ask(operation, method="HEAD")
    if operation.method == "GET":
        got = 200 if operation.streams else (await asked.ask(operation)).status_code
        yield f"HEAD with {len(head.content)} bytes", got if not head.content else 0, head
    elif not any(each.path == operation.path and each.method == "GET" for each in asked.operations):
        yield "HEAD", 405, head


async def _about_cursors(asked: Asked, operation: Operation) -> Any:
    """Yield the same of a list: a right checksum is easily made, and what is behind it may be anything."""
    if "cursor" not in operation.parameters("query"):
        return
    for key in HOSTILE:
        made_up = cursor_of(scope_of(operation.path, ()), key)
        answer = await asked.ask(operation, query=f"cursor={made_up}")
        # What does not exist has no page either.
        expected = 404 if operation.has_an_id and answer.status_code == 404 else "CURSOR_MALFORMED"
        yield f"a cursor of {key[:40]!r}", expected, answer


async def _about_commands(asked: Asked, operation: Operation) -> Any:
    if operation.method != "POST":
        return
    takes_a_key = "Idempotency-Key" in operation.parameters("header")
    keyed = await asked.ask(operation, headers=[("Idempotency-Key", "two words"), ("If-Match", '"1"')])
    if not takes_a_key:
        yield "a key", "IDEMPOTENCY_KEY_NOT_TAKEN", keyed
    elif not operation.has_a_body:
        yield "a malformed key", "IDEMPOTENCY_KEY_MALFORMED", keyed
    if "If-Match" in operation.parameters("header") and not operation.has_a_body:
        yield "a change of what is not there", 404, await asked.ask(operation)


def _allows(asked: Asked, operation: Operation, answer: httpx.Response) -> bool:
    methods = {each.method for each in asked.operations if each.path == operation.path}
    return answer.headers.get_list("Allow") == [", ".join(sorted(methods | {"OPTIONS"} | _with_head(methods)))]


def _with_head(methods: set[str]) -> set[str]:
    return {"HEAD"} if "GET" in methods else set()


def _operations(document: dict[str, Any]) -> Iterator[Operation]:
    for template, described in document["paths"].items():
        for method, operation in described.items():
            written = {each["name"]: _valid(each) for each in operation.get("parameters", []) if each["in"] == "path"}
            numbers = [name for name, value in written.items() if value == _NUMBER]
            misspelt = (template.format_map(written | {name: other}) for name in numbers for other in _MISSPELT)
            yield Operation(method.upper(), template.format_map(written), operation, tuple(misspelt))


def _valid(parameter: dict[str, Any]) -> str:
    return _NUMBER if parameter["schema"].get("type") == "integer" else "X"
