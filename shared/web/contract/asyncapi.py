"""What a party's feed is on NATS, as an AsyncAPI 3.1 document: a channel, a message and a schema for each event.

The NATS binding (0.1.0) has nothing to say of streams: that is in extensions, `x-nats-stream` and `x-nats-consumer`.
"""

from functools import cache
from typing import Any, Final

from shared.events.registry import Event, in_words
from shared.log.envelope import dataschema_of
from shared.log.parties import LOG_HEADER, MAIN, MOST_CONSUMERS, PARTNER_API, POSITION_HEADER, stream_of, subject_for
from shared.web.contract.schemas import explained, published

VERSION: Final = "v1"
MEDIA_TYPE: Final = "application/vnd.aai.asyncapi+json;version=3.1.0"
_SCHEMAS: Final = "#/components/schemas/"
_CLOUD_EVENT: Final = "CloudEvent"
_CONTENT_TYPE: Final = "application/cloudevents+json"
# What this does; who reads the document receives.
_SENDS: Final = "send"
_TEXT: Final = {"type": "string"}

Part = dict[str, Any]


@cache
def document() -> Part:
    """Return the document: of nothing but what this release publishes, so that it is the same wherever it is served."""
    kinds = list(published().values())
    return {
        "asyncapi": "3.1.0",
        "id": "urn:moiety:partners",
        "info": {
            "title": "Moiety: a party's feed",
            "version": VERSION,
            "description": (
                "Everything that concerns a party, in order, numbered from 1 without a gap. The same events, with the "
                "same numbers, are at `GET /v1/feed` and `GET /v1/feed/stream` of notifications. Within a version "
                "fields are only added, and new events may come: leave alone what you do not know."
            ),
            "license": {"name": "Apache 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": _CONTENT_TYPE,
        "servers": {"nats": _server()},
        "channels": {kind.__name__: _channel(kind) for kind in kinds},
        "operations": {f"send{kind.__name__}": _operation(kind) for kind in kinds},
        "components": {
            "messages": {kind.__name__: _message(kind) for kind in kinds},
            "parameters": {
                "party": {"description": "The id of the party: the `party` of the token with which you connect."},
                "agreement": {"description": "The id of the agreement, `_` where none is concerned."},
            },
            "schemas": {_CLOUD_EVENT: _cloud_event(), **dict(sorted(explained(kinds, _SCHEMAS).items()))},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "at+jwt",
                    "description": "The token of the HTTP APIs, given as that of NATS: role `partner`, claim `party`.",
                }
            },
        },
    }


def _server() -> Part:
    return {
        "host": "{host}:{port}",
        "protocol": "nats",
        "description": "Connect with the inbox prefix `_INBOX_<party>`: answers reach you nowhere else.",
        "variables": {
            "host": {"default": "localhost", "description": "Where whoever runs Moiety has NATS."},
            "port": {"default": "4222"},
        },
        "security": [{"$ref": "#/components/securitySchemes/token"}],
        "x-nats-stream": {
            "name": stream_of("{party}"),
            "sequence": "the number of the event in the feed of the party",
            "api": PARTNER_API,
        },
        "x-nats-consumer": {
            "kind": "durable, pulled from, explicit acknowledgement",
            "made": "PUT /v1/feed/consumers/{name} of notifications",
            "default": MAIN,
            "most": MOST_CONSUMERS,
        },
    }


def _channel(kind: type[Event]) -> Part:
    parameters = ("party", "agreement")
    return {
        "address": subject_for("{party}", f"moiety.v1.{{agreement}}.{kind.ENTITY}.{kind.__name__}"),
        "description": in_words(kind),
        "messages": {kind.__name__: {"$ref": f"#/components/messages/{kind.__name__}"}},
        "parameters": {name: {"$ref": f"#/components/parameters/{name}"} for name in parameters},
    }


def _operation(kind: type[Event]) -> Part:
    channel = f"#/channels/{kind.__name__}"
    return {
        "action": _SENDS,
        "channel": {"$ref": channel},
        "summary": in_words(kind),
        "messages": [{"$ref": f"{channel}/messages/{kind.__name__}"}],
    }


def _message(kind: type[Event]) -> Part:
    return {
        "name": kind.TYPE,
        "title": kind.__name__,
        "summary": in_words(kind),
        "contentType": _CONTENT_TYPE,
        "headers": {
            "type": "object",
            "properties": {
                "Content-Type": {"const": _CONTENT_TYPE},
                POSITION_HEADER: {**_TEXT, "description": "The number of the event in the log, and in the ledger."},
                LOG_HEADER: {**_TEXT, "description": "The log that this number counts; `0` is the only one."},
                "traceparent": {**_TEXT, "description": "W3C trace context, where the request had one."},
            },
            "required": ["Content-Type", POSITION_HEADER, LOG_HEADER],
        },
        "payload": {
            "allOf": [
                {"$ref": f"{_SCHEMAS}{_CLOUD_EVENT}"},
                {
                    "type": "object",
                    "properties": {
                        "type": {"const": kind.TYPE},
                        "dataschema": {"const": dataschema_of(kind.TYPE)},
                        "data": {"$ref": f"{_SCHEMAS}{kind.__name__}"},
                    },
                },
            ]
        },
    }


def _cloud_event() -> Part:
    """Return the form of the envelope: CloudEvents 1.0 in structured mode (shared/log/envelope.py)."""
    optional = {
        "actorparty": {**_TEXT, "description": "The party for which it was caused; left out where there is none."},
        "causationid": {**_TEXT, "description": "The id of the event that caused it, if one did."},
        "traceparent": {**_TEXT, "description": "W3C trace context, if the request had one."},
    }
    required = {
        "specversion": {"const": "1.0", "description": "The version of CloudEvents."},
        "id": {**_TEXT, "description": "The id of the event: unique, for ever."},
        "source": {**_TEXT, "format": "uri-reference", "description": "Who published it."},
        "type": {**_TEXT, "description": "What happened; the number at its end is the version of its data."},
        "subject": {**_TEXT, "description": "The stream of events that it belongs to, `<entity>:<id>`."},
        "time": {**_TEXT, "format": "date-time", "description": "When it was recorded: UTC, six fraction digits."},
        "datacontenttype": {"const": "application/json", "description": "What `data` is."},
        "dataschema": {**_TEXT, "format": "uri", "description": "The name of the schema of `data`: its `$id`."},
        "streamversion": {"type": "integer", "minimum": 1, "description": "Its number within that stream, from 1."},
        "effectiveon": {**_TEXT, "format": "date", "description": "The legal day on which it takes effect."},
        "agreement": {**_TEXT, "description": "The agreement it belongs to, `_` for none."},
        "actor": {**_TEXT, "description": "The person or program that caused it, under a pseudonym."},
        "correlationid": {**_TEXT, "description": "The request it came from."},
        "data": {"type": "object", "description": "The fact itself."},
    }
    return {
        "type": "object",
        "description": "The envelope of every event: canonical JSON (RFC 8785).",
        "properties": {**required, **optional},
        "required": list(required),
    }
