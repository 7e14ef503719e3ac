"""What the page of a link says, by its places; what stands there in each language is data beside this file."""

import msgspec


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that the page says in one language."""

    title: str
    about: str
    valid: str
    recorded: str
    project: str
    invention: str
    confidential: str
    element: str
    kind: str
    kinds: dict[str, str]
    points: str
    conceived_on: str
    roles: str
    role_names: dict[str, str]
    pseudonym: str
    contribution: str
    fingerprint: str
    evidence: str
    part: str
    part_means: str
    no_part: str
    share: str
    in_element: str
    answer: str
    answer_means: str
    confirm: str
    confirm_means: str
    contest: str
    contest_means: str
    ground: str
    grounds: dict[str, str]
    proposed_points: str
    proposed_points_hint: str
    proposed_day: str
    statement: str
    statement_hint: str
    send: str
    confirmed: str
    contested: str
    answered_twice: str
    changed: str
    read_again: str
    invalid: str
    wrong: dict[str, str]
    too_large: str
    too_many: str
    unavailable: str
    gone: str
    gone_means: str
