"""Request bodies, decoded once and strictly: a number in quotes is not a number, and the error says where."""

import json
import re
from collections import Counter
from collections.abc import Generator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

import msgspec
from litestar import Request
from litestar.dto import AbstractDTO, DTOConfig
from litestar.dto.data_structures import DTOFieldDefinition
from litestar.openapi.spec import Reference, Schema
from litestar.types.asgi_types import HTTPRequestEvent
from litestar.typing import FieldDefinition

from shared.decoding import stated
from shared.log.envelope import LARGEST_NUMBER
from shared.web.problems import BODY_LIMIT_BYTES
from shared.web.refusals import BodyMalformed, BodyMistyped, BodyTooLarge, MediaTypeUnsupported
from shared.web.violations import Violation, violations_of

if TYPE_CHECKING:
    from litestar._openapi.schema_generation import SchemaCreator

_UTF_8: Final = frozenset({"utf-8", "utf8"})
_PLACED: Final = re.compile(r"(?P<what>.*?)(?: - at `(?P<path>.*)`)?", re.DOTALL)
_STEP: Final = re.compile(r"\.([^.\[]+)|\[([0-9]+)\]")
# Its length first: Python itself refuses to read a number of thousands of digits.
_MOST_DIGITS: Final = 19
_MOST_EXACT_DIGITS: Final = len(str(LARGEST_NUMBER))
_NUMBERS: Final = f"numbers of at most {LARGEST_NUMBER}"
_MOST_SHOWN: Final = 80
_AT_MOST: Final = f"at most {BODY_LIMIT_BYTES} bytes"


def _refuse_repeated(members: list[tuple[str, Any]]) -> None:
    if len(dict(members)) < len(members):
        [(name, _)] = Counter(name for name, _ in members).most_common(1)
        raise BodyMalformed(got="a member twice in one object", member=name)


def _refuse_longer(number: str) -> str:
    # What is said becomes an event, and no event holds a number that not everybody reads the same.
    if len(number.removeprefix("-")) > _MOST_EXACT_DIGITS or abs(int(number)) > LARGEST_NUMBER:
        raise BodyMalformed(expected=_NUMBERS, got=number[:_MOST_SHOWN])
    return number


_names: Final = json.JSONDecoder(
    object_pairs_hook=_refuse_repeated, parse_int=_refuse_longer, parse_float=str, strict=False
)


@cache
def _decoder(annotation: object) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(cast("Any", annotation))


def read_body(raw: bytes, annotation: object) -> Any:  # noqa: ANN401  # of the annotated type
    """Decode a JSON body as its declared type; raises BodyMalformed, BodyMistyped."""
    try:
        decoded = _decoder(annotation).decode(raw)
        # Two readers of one body must not see two things: of a repeated name each would take the one it likes.
        _names.decode(raw.decode())
    except msgspec.ValidationError as error:
        if annotation is Any:  # a number of thousands of digits is of no type
            raise BodyMalformed(expected=_NUMBERS, got=str(error)) from None
        # The decoder stops at the first value of the wrong type, but what is not even JSON should be told so.
        _refuse_mistyped(str(error), violations_of(read_body(raw, Any), annotation))
    except (msgspec.DecodeError, ValueError) as error:
        raise BodyMalformed(got=str(error)) from None
    except RecursionError:
        raise BodyMalformed(got="nested too deeply") from None
    return decoded


class WholeRequest(Request[Any, Any, Any]):
    """A request whose body is read as a whole, in most cases at once, and never beyond its limit."""

    __slots__ = ()

    async def body(self) -> bytes:
        """Return the body; raises BodyTooLarge, and what the ring refuses while it is waited for."""
        known = self._connection_state.body
        if isinstance(known, bytes):
            return known
        announced = next((value for name, value in self.scope["headers"] if name == b"content-length"), b"0")
        if not announced.isdigit() or len(announced) > _MOST_DIGITS or int(announced) > BODY_LIMIT_BYTES:
            raise BodyTooLarge(expected=_AT_MOST)
        body, more = b"", True
        while more and len(body) <= BODY_LIMIT_BYTES:
            part = cast("HTTPRequestEvent", await self.receive())  # the ring lets nothing else through
            body += part["body"]
            more = part["more_body"]
        if len(body) > BODY_LIMIT_BYTES:
            raise BodyTooLarge(expected=_AT_MOST)
        self._connection_state.body = body
        return body


def check_media_type(kind: str, parameters: Mapping[str, str]) -> None:
    """Refuse a body that says it is anything but JSON; one that says nothing has to be JSON all the same."""
    kind = kind.lower()
    is_json = kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
    charset = parameters.get("charset", "utf-8")
    if (kind and not is_json) or charset.lower() not in _UTF_8:
        raise MediaTypeUnsupported(expected="application/json", got=f"{kind}; charset={charset}")


def _refuse_mistyped(message: str, violations: list[Violation]) -> NoReturn:
    """Raise BodyMistyped, which says of the first violation what it says of every one beside its path."""
    placed = _PLACED.fullmatch(message)
    what, path = (placed["what"], placed["path"] or "$") if placed else (message, "$")
    told = stated(what)
    pointer = _STEP.sub(r"/\1\2", path.removeprefix("$"))
    if "regex" in told.get("expected", ""):
        told["expected"] = next((each.expected for each in violations if each.pointer == pointer), "another form")
    refusal = BodyMistyped(**told, at=path)
    refusal.errors = violations or [Violation(pointer, "TYPE", f"{what}.", told.get("expected", "another value"))]
    raise refusal from None


class StrictBody(AbstractDTO[Any]):
    """Takes the place of Litestar's own decoding, which goes through dicts and reads "5" as 5."""

    config = DTOConfig()
    model_type = object

    @classmethod
    def create_for_field_definition(cls, *_args: object, **_kwargs: object) -> None:
        """Need nothing per handler: the declared type alone decides."""

    @classmethod
    def create_openapi_schema(
        cls,
        field_definition: FieldDefinition,
        handler_id: str,  # noqa: ARG003  # the framework's signature
        schema_creator: "SchemaCreator",
    ) -> Reference | Schema:
        return schema_creator.for_field_definition(field_definition)

    def decode_bytes(self, value: bytes) -> Any:  # noqa: ANN401  # of the declared type
        request = self.asgi_connection
        assert isinstance(request, Request)  # only HTTP requests have bodies
        declared = request.route_handler.parsed_data_field
        assert declared is not None  # Litestar asks for a body only where `data` is declared
        # Nearly every request says exactly this; parsing it would cost a tenth of the whole.
        if (b"content-type", b"application/json") not in request.scope["headers"]:
            check_media_type(*request.content_type)
        return read_body(value, declared.annotation)

    @classmethod
    def generate_field_definitions(cls, model_type: type[Any]) -> Generator[DTOFieldDefinition, None, None]:
        raise NotImplementedError

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:
        raise NotImplementedError
