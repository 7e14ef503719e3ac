"""Who controls whom, as far as alerts ask it: whoever may answer for a party hears of what waits for that.

It is what everybody's affiliations are, by an operator's word and by that of their two ends alike: by either one party
speaks for another (docs/decisions/0039-both-ends-say-so.md).
"""

from datetime import date

import msgspec

from shared.events.affiliation import AffiliationDeclared, AffiliationEnded
from shared.events.values import Period


class Control(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That one party is under another's control for a period."""

    parent: str
    child: str
    period: Period


class Affiliates(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="affiliates"):
    """All that is under anybody's control, in the order in which it was declared."""

    controls: tuple[Control, ...] = ()

    def above(self, child: str, day: date) -> set[str]:
        """Return who controls a party on a day, directly or through others."""
        reached: set[str] = set()
        waiting = {child}
        while waiting:
            parents = {each.parent for each in self.controls if each.child in waiting and each.period.covers(day)}
            waiting = parents - reached
            reached |= waiting
        return reached - {child}

    def declared(self, event: AffiliationDeclared) -> "Affiliates":
        control = Control(parent=event.parent, child=event.child, period=event.period)
        return Affiliates(controls=(*self.controls, control))

    def ended(self, event: AffiliationEnded) -> "Affiliates":
        """Return them with the last one that began on the day ended: an earlier one has ended before it began."""
        controls = list(self.controls)
        for index in reversed(range(len(controls))):
            each = controls[index]
            if (each.parent, each.child, each.period.start) == (event.parent, event.child, event.since):
                controls[index] = msgspec.structs.replace(each, period=Period(start=event.since, end=event.to))
                break
        return Affiliates(controls=tuple(controls))
