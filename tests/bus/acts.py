"""Everything somebody could try on the bus, and who may: what is not said to be allowed is refused.

`{api}` is what JetStream's API is called in the user's account, `{own}` the user's own consumer, which has its name.
`atrc` is another's consumer.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

# An answer is asked for with a body that nothing can be done with: only whether somebody may ask is of interest.
NONSENSE: Final = b"?"
ONE_AT_ONCE: Final = b'{"batch":1,"no_wait":true}'
OWN: Final = {"ledger", "notifications"}


class Act(NamedTuple):
    """A subject that somebody publishes on or listens to, and who may."""

    subject: str
    may: frozenset[str] = frozenset()
    body: bytes = NONSENSE
    answered: bool = True
    listens: bool = False


def _asked(question: str, *may: str, body: bytes = NONSENSE) -> Act:
    return Act(f"{{api}}.{question}", frozenset(may), body)


def _said(subject: str, *may: str, answered: bool = False) -> Act:
    return Act(subject, frozenset(may), answered=answered)


def _heard(subject: str, *may: str) -> Act:
    return Act(subject, frozenset(may), answered=False, listens=True)


_STREAM: Final = {
    "look at the account": _asked("INFO"),
    "list the streams": _asked("STREAM.LIST"),
    "name the streams": _asked("STREAM.NAMES"),
    "look at the stream": _asked("STREAM.INFO.MOIETY", "relay", "ledger", "notifications", "observer", "admin"),
    "make the stream": _asked("STREAM.CREATE.MOIETY", "relay"),
    "make another stream": _asked("STREAM.CREATE.OTHER"),
    "change the stream": _asked("STREAM.UPDATE.MOIETY", "relay"),
    "delete the stream": _asked("STREAM.DELETE.MOIETY"),
    "purge the stream": _asked("STREAM.PURGE.MOIETY"),
    "delete a message": _asked("STREAM.MSG.DELETE.MOIETY"),
    "get a message of the leader": _asked("STREAM.MSG.GET.MOIETY"),
    "get messages by number": _asked("DIRECT.GET.MOIETY", "relay", "observer"),
    "get the last message on a subject": _asked("DIRECT.GET.MOIETY.moiety.v1.MOU-1.party.PartyRegistered"),
    "save the stream": _asked("STREAM.SNAPSHOT.MOIETY"),
    "put back a saved stream": _asked("STREAM.RESTORE.MOIETY"),
    "choose another leader of the stream": _asked("STREAM.LEADER.STEPDOWN.MOIETY"),
    "remove a copy of the stream": _asked("STREAM.PEER.REMOVE.MOIETY"),
    "empty a server of the stream": _asked("STREAM.PEER.EVACUATE.MOIETY"),
    "take back a change of the stream": _asked("STREAM.CANCEL_MOVE.MOIETY"),
}

_CONSUMERS: Final = {
    "make a consumer without a name": _asked("CONSUMER.CREATE.MOIETY", body=b'{"stream_name":"MOIETY","config":{}}'),
    "make one's own consumer": _asked("CONSUMER.CREATE.MOIETY.{own}", *OWN, "admin"),
    "make one's own consumer, filtered": _asked("CONSUMER.CREATE.MOIETY.{own}.moiety.v1.>", "admin"),
    "make a durable consumer, the old way": _asked("CONSUMER.DURABLE.CREATE.MOIETY.{own}"),
    "make one more consumer": _asked("CONSUMER.CREATE.MOIETY.fresh", "admin"),
    "make one more consumer, filtered": _asked("CONSUMER.CREATE.MOIETY.fresh.moiety.v1.MOU-1.>", "admin"),
    "make another's consumer anew": _asked("CONSUMER.CREATE.MOIETY.atrc", "admin"),
    "widen another's filter": _asked("CONSUMER.CREATE.MOIETY.atrc.moiety.v1.>", "admin"),
    "make another's durable consumer, the old way": _asked("CONSUMER.DURABLE.CREATE.MOIETY.atrc"),
    "make the ledger's consumer": _asked("CONSUMER.CREATE.MOIETY.ledger", "ledger", "admin"),
    "make the rebuilt ledger's consumer": _asked("CONSUMER.CREATE.MOIETY.ledger-rebuild", "ledger", "admin"),
    "list the consumers": _asked("CONSUMER.LIST.MOIETY", "admin"),
    "name the consumers": _asked("CONSUMER.NAMES.MOIETY", "admin"),
    "look at one's own consumer": _asked("CONSUMER.INFO.MOIETY.{own}", "partner", "admin"),
    "look at another's consumer": _asked("CONSUMER.INFO.MOIETY.atrc", "admin"),
    "remove one's own consumer": _asked("CONSUMER.DELETE.MOIETY.{own}", *OWN, "admin"),
    "remove the rebuilt ledger's consumer": _asked("CONSUMER.DELETE.MOIETY.ledger-rebuild", "ledger", "admin"),
    "remove another's consumer": _asked("CONSUMER.DELETE.MOIETY.atrc", "admin"),
    "pull from one's own consumer": _asked("CONSUMER.MSG.NEXT.MOIETY.{own}", *OWN, "partner", body=ONE_AT_ONCE),
    "pull from the rebuilt ledger's": _asked("CONSUMER.MSG.NEXT.MOIETY.ledger-rebuild", "ledger", body=ONE_AT_ONCE),
    "pull from another's consumer": _asked("CONSUMER.MSG.NEXT.MOIETY.atrc", body=ONE_AT_ONCE),
    "pause one's own consumer": _asked("CONSUMER.PAUSE.MOIETY.{own}"),
    "pause another's consumer": _asked("CONSUMER.PAUSE.MOIETY.atrc"),
    "set one's own consumer back": _asked("CONSUMER.RESET.MOIETY.{own}"),
    "set another's consumer back": _asked("CONSUMER.RESET.MOIETY.atrc"),
    "unpin one's own consumer": _asked("CONSUMER.UNPIN.MOIETY.{own}"),
    "unpin another's consumer": _asked("CONSUMER.UNPIN.MOIETY.atrc"),
    "choose another leader of a consumer": _asked("CONSUMER.LEADER.STEPDOWN.MOIETY.atrc"),
    "remove a copy of a consumer": _asked("CONSUMER.PEER.REMOVE.MOIETY.atrc"),
    "empty a server of a consumer": _asked("CONSUMER.PEER.EVACUATE.MOIETY.atrc"),
}

_SERVER: Final = {
    "choose another leader of all": _asked("META.LEADER.STEPDOWN"),
    "lower the majority": _asked("META.RESCUE"),
    "remove a server": _asked("SERVER.REMOVE"),
    "empty a server": _asked("SERVER.EVACUATE"),
    "purge an account": _asked("ACCOUNT.PURGE.LOG"),
    "move a stream": _asked("ACCOUNT.STREAM.MOVE.LOG.MOIETY"),
    "take back a move": _asked("ACCOUNT.STREAM.CANCEL_MOVE.LOG.MOIETY"),
    "count the account's connections": _said("$SYS.REQ.ACCOUNT.LOG.CONNZ"),
    "look at the server": _said("$SYS.REQ.SERVER.PING.VARZ"),
    "ask who one is": _said("$SYS.REQ.USER.INFO"),
}

_SAID: Final = {
    "publish an event": _said("moiety.v1.MOU-1.party.PartyRegistered", "relay", answered=True),
    "publish beside the events": _said("moiety.v2.MOU-1.party.PartyRegistered"),
    "acknowledge one's own message": _said("$JS.ACK.MOIETY.{own}.1.1.1.1.0", "partner"),
    "acknowledge another's message": _said("$JS.ACK.MOIETY.atrc.1.1.1.1.0"),
    "acknowledge another's, the new way": _said("$JS.ACK._.LOG.MOIETY.atrc.1.1.1.1.0"),
    "answer another's flow control": _said("$JS.FC.MOIETY.atrc.1"),
    "feed a stream that is put back": _said("$JS.SNAPSHOT.RESTORE.MOIETY.1"),
    "answer in the server's place": _said("_R_.guessed"),
    "answer in somebody's place": _said("_INBOX_ledger.guessed"),
    "raise an alarm of JetStream's": _said("$JS.EVENT.ADVISORY.STREAM.DELETED.MOIETY"),
    "say anything": _said("anything"),
}

_HEARD: Final = {
    "hear answers to oneself": _heard(
        "_INBOX_{own}.>", "relay", "ledger", "notifications", "observer", "admin", "partner"
    ),
    "overhear answers to a service": _heard("_INBOX_ledger.>", "ledger"),
    "overhear answers to the relay": _heard("_INBOX_relay.>", "relay"),
    "overhear all answers": _heard("*.>"),
    "overhear mapped answers": _heard("_R_.>"),
    "hear events": _heard("moiety.v1.>"),
    "hear one agreement's events": _heard("moiety.v1.MOU-1.>"),
    "hear everything": _heard(">"),
    "hear the server": _heard("$SYS.>"),
    "hear JetStream's alarms": _heard("$JS.EVENT.>"),
    "hear what is asked": _heard("$JS.API.>"),
    "hear what readers ask": _heard("MOIETY.API.>"),
    "take what is asked of another's": _heard("$JS.API.CONSUMER.MSG.NEXT.MOIETY.atrc"),
    "hear acknowledgements": _heard("$JS.ACK.>"),
}

ACTS: Final[Mapping[str, Act]] = {**_STREAM, **_CONSUMERS, **_SERVER, **_SAID, **_HEARD}
