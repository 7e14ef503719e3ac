"""Every request can be found again: by its own id, its correlation's, and its place in a trace."""

import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient
from structlog.testing import capture_logs

from shared.telemetry import TraceContext, child_span, configure_logs, logger, parse_traceparent
from shared.web.edge import Application
from shared.web.trace import trace_of

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
HEX = st.sampled_from("0123456789abcdef")


def test_sane_ids_are_kept_and_answered(client: TestClient[Application]):
    """The caller finds its request again under its own ids."""
    headers = client.get("/v1/nowhere", headers={"X-Request-Id": "req-1", "X-Correlation-Id": "corr-1"}).headers

    assert ("req-1", "corr-1") == (headers["x-request-id"], headers["x-correlation-id"])


@pytest.mark.parametrize("value", ["", "a b", "x" * 129, 'a"b', "<script>", "-leading", "caf\u00e9"])
def test_ids_that_could_do_harm_are_replaced(client: TestClient[Application], value):
    """What ends up in logs and headers is never copied blindly."""
    headers = client.get("/v1/nowhere", headers={"X-Request-Id": value.encode("latin-1")}).headers

    assert re.fullmatch(r"[0-9a-f]{32}", headers["x-request-id"])
    assert headers["x-correlation-id"] == headers["x-request-id"]


def test_a_request_is_a_new_span_of_its_callers_trace(client: TestClient[Application], signed):
    """What a request causes carries the caller's trace and the request's own span."""
    caused = client.get("/v1/me", headers={**signed, "traceparent": PARENT}).json()["traceparent"]

    assert caused.startswith("00-0af7651916cd43dd8448eb211c80319c-")
    assert caused.endswith("-01")
    assert caused != PARENT


@pytest.mark.parametrize(
    "text",
    [
        "",
        PARENT.upper(),
        PARENT + "-00",
        PARENT.replace("00-", "ff-", 1),
        PARENT.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32),
        PARENT.replace("b7ad6b7169203331", "0" * 16),
        PARENT[:-1],
        PARENT + "\n",
    ],
)
def test_an_invalid_traceparent_starts_a_new_trace(text):
    """An invalid header is ignored, as the specification asks; the request still gets a trace."""
    assert parse_traceparent(text) is None
    assert parse_traceparent(trace_of([(b"traceparent", text.encode("latin-1"))]).traceparent) is not None


def test_a_later_version_with_more_fields_is_understood():
    """Versions after 00 may append fields; those we know keep their places."""
    assert parse_traceparent(PARENT.replace("00-", "01-", 1) + "-more") is not None


@given(
    st.text(HEX, min_size=32, max_size=32), st.text(HEX, min_size=16, max_size=16), st.text(HEX, min_size=2, max_size=2)
)
def test_a_context_comes_back_from_its_header(trace_id: str, span_id: str, flags: str):
    """Writing and reading a traceparent loses nothing, and a child stays in its trace."""
    context = TraceContext(trace_id, span_id, flags)
    if int(trace_id, 16) == 0 or int(span_id, 16) == 0:
        assert parse_traceparent(str(context)) is None
        return

    assert context == parse_traceparent(str(context))
    child = child_span(context)
    assert (trace_id, flags) == (child.trace_id, child.flags)
    assert child.span_id != span_id


@given(st.lists(st.tuples(st.sampled_from([b"x-request-id", b"x-correlation-id", b"traceparent"]), st.binary())))
def test_no_header_makes_tracing_fail(headers: list[tuple[bytes, bytes]]):
    """Whatever arrives, a request has ids and they are harmless."""
    trace = trace_of(headers)

    assert trace.request_id.isascii()
    assert trace.correlation_id.isprintable()


def test_each_request_is_logged_once_with_its_ids(client: TestClient[Application], signed):
    """One line per request: action, ids, route, status and time; never the query or the token."""
    with capture_logs() as logs:
        client.get("/v1/recipes?kind=secret", headers={**signed, "X-Request-Id": "req-9", "traceparent": PARENT})
    [line] = [log for log in logs if log["action"] == "request-answered"]

    assert ("req-9", "0af7651916cd43dd8448eb211c80319c") == (line["request_id"], line["trace_id"])
    assert ("GET", "/v1/recipes", 200, "person-1", "HUT") == (
        line["method"],
        line["route"],
        line["status"],
        line["caller"],
        line["party"],
    )
    assert "secret" not in str(line)
    assert signed["Authorization"] not in str(line)


def test_health_is_not_logged(client: TestClient[Application]):
    """What machines ask every few seconds would bury what people look for."""
    with capture_logs() as logs:
        for path in ("/health/live", "/health/ready"):
            client.get(path)

    assert logs == []


def test_a_line_has_the_words_for_people_last_and_no_secrets(token):
    """Fields for programs come first; tokens and passwords are withheld, whoever logs them."""
    stream = io.StringIO()
    configure_logs("kitchen", stream=stream)
    logger().info(
        f"Got Bearer {token}",
        action="tested",
        authorization="Basic dXNlcjpwYXNz",
        database_password="hunter2",
        url="postgresql://agreements:hunter2@127.0.0.1:5432/agreements",
        note=token,
        position=7,
    )
    line = stream.getvalue()
    entry = json.loads(line)

    assert ["timestamp", "level", "service", "action"] == list(entry)[:4]
    assert "message" == list(entry)[-1]
    assert ("kitchen", "tested", 7) == (entry["service"], entry["action"], entry["position"])
    assert entry["url"] == "postgresql://[withheld]@127.0.0.1:5432/agreements"
    assert not any(secret in line for secret in ("hunter2", token, "dXNlcjpwYXNz"))
