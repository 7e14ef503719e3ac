"""What another service said when it was asked: whoever cannot go on repeats that, and not what a library made of it."""

import httpx
import msgspec

_LONGEST_TOLD = 300


class _Problem(msgspec.Struct):
    code: str
    detail: str | None = None
    title: str | None = None


def check_answered(answer: httpx.Response) -> None:
    """Raise ValueError with what an answer says that is none: of a problem document its code and words."""
    if answer.is_success:
        return
    try:
        problem = msgspec.json.decode(answer.content, type=_Problem)
        said = f"{problem.code}: {problem.detail or problem.title}"
    except msgspec.MsgspecError:
        said = "and nothing that says why"
    message = f"{answer.status_code} {said[:_LONGEST_TOLD]}"
    raise ValueError(message)
