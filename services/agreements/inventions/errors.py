"""What is refused about inventions and their determinations."""

from shared.errors import Conflict, Invalid, NotFound


class InventionNotFound(NotFound):
    """There is no such invention that the caller's party may see."""


class AssetsOfSeveralAgreements(Invalid):
    """One licence covers assets of one agreement."""


class InventionIsRetired(Conflict):
    """The invention was given up; it stays on record, and nothing new comes of it."""


class TitleOrItsHash(Invalid):
    """An invention is given its title, or the title's hash where it is confidential; exactly one of them."""


class ConceivedAfterDisclosed(Invalid):
    """An invention is conceived no later than it is disclosed."""


class ConceivedOutsideProject(Invalid):
    """Foreground is conceived on a day of the project's period; sideground and postground are not."""


class ElementsRepeated(Invalid):
    """An element's id names one element."""


class WeightNotPositive(Invalid):
    """An element weighs more than zero; what weighs nothing is no element."""


class ElementHasContributions(Conflict):
    """An element stays as long as a confirmed contribution to it counts; `elements` names them."""


class TooManyContributions(Conflict):
    """At most 100 contributions count for one invention, so that a determination with all its inputs is one event."""


class InventionAlreadyDetermined(Conflict):
    """The invention's shares are determined, from exactly these inputs."""


class AgreedSharesMissing(Invalid):
    """By the method AGREED a proposal gives the shares; by every other method they are computed."""


class NotProspective(Invalid):
    """Only a PROSPECTIVE re-determination has a day of its own, from conception on; all others hold from conception."""


class HolderUnknown(Invalid):
    """Shares go to parties of the agreement, to their affiliates and to who holds the asset already, to nobody else."""


class NothingToDetermine(Conflict):
    """An invention is determined by its elements and who contributed to it; there is nothing of that yet."""


class ElementWithoutContribution(Conflict):
    """An element without a confirmed contribution blocks the determination; its weight is never spread silently."""


class SharesTooFine(Conflict):
    """The points and weights give shares that nobody could read: their fractions would need more than 150 digits."""


class DeterminationOpen(Conflict):
    """A determination on the same inputs waits for the parties; adopt or reject it first."""


class DeterminationNotFound(NotFound):
    """The invention has no such open determination."""


class DeterminationHashMismatch(Conflict):
    """The hash is not that of the determination that stands; read it again before attesting."""


class AttestationsMissing(Conflict):
    """A determination is adopted after all parties of the project attested it; `missing` names those that have not."""


class InputsChanged(Conflict):
    """What the determination was computed from has changed since; propose it anew."""


class TitleGap(Conflict):
    """A contributor's share reaches no party: no instrument of theirs covers the day of conception."""


class ContributorsNotHeard(Conflict):
    """The terms ask everybody named in what counts to confirm it themselves first; `contributions` says who has not."""
