"""A collaboration told as published events: valid by default, told out of order or wrongly where a test says so."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import msgspec

from services.ledger.rules.facts.book import FactBook
from services.ledger.rules.history import derive
from shared.bus.consumer import StreamMessage
from shared.canonical import content_hash
from shared.events.affiliation import AffiliationDeclared, DeclarationConfirmed, DeclarationMade
from shared.events.agreement import AgreementActivated, AgreementDrafted, TermsVersionDrafted
from shared.events.contribution import ContributionAttested, ContributionContent, ContributionRecorded, Evidence
from shared.events.dispute import Decision, DisputeOpened, DisputeResolutionConfirmed, DisputeResolutionProposed
from shared.events.invention import (
    AssetFrozen,
    AssetUnfrozen,
    CountedContribution,
    Derivation,
    DeterminationAdopted,
    DeterminationAttested,
    DeterminationContent,
    DeterminationInputs,
    DeterminationProposed,
    Element,
    InventionDisclosed,
    InventionElementsDefined,
)
from shared.events.participant import IpInstrumentRecorded, ParticipantEngaged
from shared.events.registry import Event
from shared.events.terms import (
    AttestationTerms,
    ConsentRule,
    ConsentTerms,
    ContributorsAsked,
    DisputeTerms,
    NoticeTerms,
    OwnershipTerms,
    Terms,
)
from shared.events.values import Period
from shared.log.chain import START, chain_after
from shared.log.envelope import NO_AGREEMENT, Envelope, encode
from shared.ratio import format_shares
from tests.docs.made import made
from tests.ledger.passing import EVERYBODY, FREE, HASH, PARTIES, Passing, stating

__all__ = ["EVERYBODY", "FREE", "HASH", "PARTIES", "stating"]

SINCE = Period(start=date(2015, 1, 1))
CONCEIVED = date(2024, 7, 8)
VISITED = "INV-SEMI-1"


class Story(Passing):
    """Tells events one after another and keeps them as the stream would carry them."""

    def __init__(self, *, at: datetime = datetime(2024, 1, 15, 9, tzinfo=UTC), agreement: str = "AGR-1") -> None:
        super().__init__(at, agreement)
        self.messages: list[StreamMessage] = []
        self.envelopes: list[Envelope] = []
        self._versions: dict[str, int] = {}
        self._book = FactBook()
        self.terms_hash = HASH

    @property
    def position(self) -> int:
        return len(self.messages)

    def tell(self, data: Event, name: str, *, actor: str = "someone", **changed: Any) -> Envelope:
        """Add one event at the present time; `changed` overrides fields of its envelope."""
        stream = f"{data.ENTITY}:{name}"
        version = self._versions[stream] = self._versions.get(stream, 0) + 1
        self.now += timedelta(seconds=1)
        fields: dict[str, Any] = {
            "id": f"evt-{self.position + 1}",
            "stream": stream,
            "version": version,
            "time": self.now,
            "effective_on": self.now.date(),
            "agreement": self.agreement,
            "actor": actor,
            "actor_party": None,
            "correlation_id": "story",
            "causation_id": None,
            "traceparent": None,
            "data": data,
        } | changed
        envelope = Envelope(**fields)
        self._book.read(envelope, self.position + 1)
        self.envelopes.append(envelope)
        body = encode(envelope)
        chain = chain_after(self.messages[-1].chain if self.messages else START.chain, body)
        self.messages.append(StreamMessage(self.position + 1, envelope.subject, body, None, chain))
        return envelope

    def on(self, day: str) -> "Story":
        """Let time pass to the morning of a day."""
        self.now = datetime.fromisoformat(day).replace(hour=9, tzinfo=UTC)
        return self

    # -- what people do -----------------------------------------------------------------------------------------------

    def agree(
        self,
        parties: Sequence[str] = PARTIES,
        *,
        deemed_days: int | None = None,
        registrar: str | None = None,
        assign: ConsentRule = FREE,
        abandon: ConsentRule | None = None,
        contributors: ContributorsAsked = "ASKED",
        notice: NoticeTerms | None = None,
        **ownership: Any,
    ) -> None:
        """Let an agreement take effect; `deemed_days` makes silence count, the rest are its terms of ownership."""
        name = self.agreement
        terms = Terms(
            ownership=OwnershipTerms(**ownership),
            attestation=AttestationTerms(deemed_days=deemed_days, contributors=contributors),
            dispute=DisputeTerms(registrar=registrar),
            consent=ConsentTerms(assign=assign, assign_affiliate=FREE, abandon=abandon),
        )
        terms = terms if notice is None else msgspec.structs.replace(terms, notice=notice)  # in no bytes where unsaid
        self.tell(
            AgreementDrafted(
                agreement=name,
                kind="MOU",
                title="Joint work",
                parties=tuple(parties),
                parent=None,
                binding=True,
                ip_terms_binding=True,
            ),
            name,
        )
        drafted = TermsVersionDrafted(
            agreement=name, terms_version=1, terms=terms, period=SINCE, document_hash=HASH, terms_hash=""
        )
        drafted = stating(drafted)
        self.terms_hash = drafted.terms_hash
        self.tell(drafted, name)
        self.tell(AgreementActivated(agreement=name, parties=tuple(parties), terms_version=1, period=SINCE), name)

    def engage(self, person: str, employer: str | None, *, project: str = "PRJ-5G", **split: str) -> None:
        """Let a person join, with an employment where there is an employer; `split` is a dual appointment."""
        self.tell(
            ParticipantEngaged(
                agreement=self.agreement,
                project=project,
                parties=PARTIES,
                person=person,
                role="RESEARCHER",
                home_party=employer or "HUT",
                host_party=None,
                appointment_split=split or None,
                period=SINCE,
            ),
            f"{project}.{person}",
        )
        for party in split or [employer]:
            if party:
                self.instrument(person, party, project=project)

    def instrument(self, person: str, party: str, *, project: str = "PRJ-5G", kind: str = "EMPLOYMENT_LAW") -> None:
        self.tell(
            IpInstrumentRecorded(
                agreement=self.agreement,
                project=project,
                parties=PARTIES,
                person=person,
                instrument=f"ins-{self.position}",
                kind=kind,  # type: ignore[arg-type]  # a test may say any
                assignee_party=party,
                signed_on=SINCE.start,
                covers=SINCE,
                document_hash=HASH,
            ),
            f"{project}.{person}",
        )

    def disclose(self, invention: str = "INV-5G-1", *, project: str = "PRJ-5G", **weights: str) -> None:
        common = {"agreement": self.agreement, "project": project, "parties": PARTIES, "invention": invention}
        self.tell(
            InventionDisclosed(
                **common,  # type: ignore[arg-type]
                disclosed_by_party="HUT",
                title=None,
                title_hash=HASH,
                conceived_on=CONCEIVED,
                disclosed_on=self.now.date(),
                class_="FOREGROUND",
                confidentiality="CONFIDENTIAL",
            ),
            invention,
        )
        elements = tuple(Element(id=name, weight=weight, basis="CLAIM", ref=None) for name, weight in weights.items())
        self.tell(InventionElementsDefined(**common, elements=elements), invention)  # type: ignore[arg-type]

    def contribute(
        self,
        contributor: str,
        element: str,
        points: str,
        *,
        invention: str | None = "INV-5G-1",
        attested: bool = True,
        deemed_on: date | None = None,
    ) -> str:
        name = f"ctb-{self.position}"
        content = ContributionContent(
            contribution=name,
            project="PRJ-5G",
            invention=invention,
            element=element,
            contributor=contributor,
            kind="INVENTIVE",
            credit_roles=(),
            points=points,
            conceived_on=CONCEIVED,
            description_hash=HASH,
            evidence=(Evidence(hash=HASH, media_type="text/plain"),),
        )
        recorded = ContributionRecorded(
            **msgspec.structs.asdict(content),
            agreement=self.agreement,
            content_hash=content_hash(content),
            recorded_by_party="HUT",
            recorded_by="HUT-REP",
            attesting_parties=("ATRC",),
            deemed_on=deemed_on,
        )
        self.tell(recorded, name, actor="HUT-REP")
        if attested:
            self.attest(name, invention, content_hash(content))
        return name

    def attest(self, contribution: str, invention: str | None, attested: str, *, person: str = "ATRC-REP") -> None:
        self.tell(
            ContributionAttested(
                agreement=self.agreement,
                contribution=contribution,
                project="PRJ-5G",
                invention=invention,
                parties=PARTIES,
                party="ATRC",
                person=person,
                content_hash=attested,
            ),
            contribution,
            actor=person,
        )

    def propose(
        self,
        version: int = 1,
        *,
        invention: str = "INV-5G-1",
        shares: dict[str, str] | None = None,
        counts_from: date | None = None,
        counted: tuple[CountedContribution, ...] = (),
    ) -> DeterminationProposed:
        """Propose the shares that the facts give, or those a test names; `counts_from` makes them prospective."""
        if shares is None:
            shares = format_shares(derive(self._book.facts_about(invention)).holders)
        inputs = DeterminationInputs(
            method="ELEMENTS",
            conceived_on=CONCEIVED,
            terms_version=1,
            terms_hash=self.terms_hash,
            title_gap="BLOCK",
            affiliate_accrual="PARENT",
            elements=(),
            contributions=counted,
            contributors=(),
            affiliations=(),
        )
        content = DeterminationContent(
            invention=invention,
            determination=f"DET-{invention}-{version}",
            version=version,
            inputs_hash=content_hash(inputs),
            shares=shares,
            effective_on=counts_from or CONCEIVED,
        )
        proposed = DeterminationProposed(
            agreement=self.agreement,
            project="PRJ-5G",
            parties=PARTIES,
            invention=invention,
            determination=content.determination,
            version=version,
            method="ELEMENTS",
            conceived_on=CONCEIVED,
            inputs=inputs,
            inputs_hash=content.inputs_hash,
            shares=content.shares,
            derivation=Derivation(elements=(), people=(), percent={}),
            alarms=(),
            det_hash=content_hash(content),
            proposed_by_party="HUT",
            proposed_by="HUT-REP",
            attesting_parties=("ATRC",),
            mode="PROSPECTIVE" if counts_from else "AB_INITIO",
            effective_on=counts_from,
        )
        self.tell(proposed, invention, actor="HUT-REP")
        return proposed

    def adopt(self, proposed: DeterminationProposed, *, attested: bool = True, **changed: Any) -> None:
        common = {
            "agreement": self.agreement,
            "project": "PRJ-5G",
            "parties": PARTIES,
            "invention": proposed.invention,
            "determination": proposed.determination,
            "version": proposed.version,
            "det_hash": proposed.det_hash,
        }
        if attested:
            self.tell(
                DeterminationAttested(**common, party="ATRC", person="ATRC-REP"),  # type: ignore[arg-type]
                proposed.invention,
                actor="ATRC-REP",
            )
        fields = common | {
            "method": "ELEMENTS",
            "inputs_hash": proposed.inputs_hash,
            "shares": proposed.shares,
            "conceived_on": CONCEIVED,
            "effective_on": proposed.effective_on or CONCEIVED,
            "mode": proposed.mode,
            "basis": "CONTRIBUTION",
        }
        self.tell(DeterminationAdopted(**fields | changed), proposed.invention)  # type: ignore[arg-type]

    # -- what happens to ownership ------------------------------------------------------------------------------------

    def dispute(
        self, position: dict[str, str], *, adopted: dict[str, str] | None, invention: str = "INV-5G-1", **said: Any
    ) -> DisputeOpened:
        """Open a dispute by HUT, which freezes the invention."""
        about = {"agreement": self.agreement, "project": "PRJ-5G", "asset": invention}
        fields = {"parties": PARTIES, "opened_by": "HUT", "position": position, "adopted": adopted, **said}
        opened = made(DisputeOpened, **about, dispute=f"DSP-{self.position}", **fields)
        self.tell(opened, opened.dispute)
        frozen = AssetFrozen(
            **self._asset(invention), dispute=opened.dispute, kind="SHARE", actions=("EXCLUSIVE", "ASSIGN")
        )
        self.tell(frozen, invention)
        return opened

    def lay_down(self, dispute: DisputeOpened, outcome: dict[str, str], basis: Any, *confirming: str) -> None:
        """Lay an outcome down, for HUT, and have it confirmed."""
        common: dict[str, Any] = {"dispute": dispute.dispute, "asset": dispute.asset}
        proposed = stating(made(DisputeResolutionProposed, **common, outcome=outcome, basis=basis, party="HUT"))
        common["resolution_hash"] = proposed.resolution_hash
        self.tell(proposed, dispute.dispute)
        for party in confirming:
            self.tell(made(DisputeResolutionConfirmed, **common, party=party), dispute.dispute)

    def lay_down_alone(
        self,
        dispute: DisputeOpened,
        outcome: dict[str, str],
        basis: Any,
        *confirming: str,
        then: Iterable[Event] = (),
        **said: Any,
    ) -> Decision:
        """Lay an outcome down, for HUT, that waits for those who lose by it, and say how it came to bind.

        `then` happens after it and before it is confirmed.
        """
        common: dict[str, Any] = {
            "agreement": self.agreement,
            "dispute": dispute.dispute,
            "asset": dispute.asset,
        }
        fields = {"party": "HUT", "awaited": (), **common, **said}
        proposed = stating(made(DisputeResolutionProposed, **fields, outcome=outcome, basis=basis))
        self.tell(proposed, dispute.dispute)
        common["resolution_hash"] = proposed.resolution_hash
        about = {"dispute": dispute.dispute, "resolution_hash": proposed.resolution_hash}
        for event in then:
            named = {name: value for name, value in about.items() if hasattr(event, name)}
            self.tell(msgspec.structs.replace(event, **named), dispute.dispute)
        for party in confirming:
            self.tell(made(DisputeResolutionConfirmed, **common, party=party), dispute.dispute)
        registrar = "NLN" if "NLN" in confirming else None
        return Decision(basis=basis, laid_down_by="HUT", confirmed_by=tuple(sorted(confirming)), registrar=registrar)

    def adopt_outcome(self, dispute: DisputeOpened, outcome: dict[str, str], /, **changed: Any) -> None:
        adopted = made(
            DeterminationAdopted,
            **self._asset(dispute.asset),
            method="AGREED",
            shares=outcome,
            conceived_on=CONCEIVED,
            effective_on=CONCEIVED,
            mode="AB_INITIO",
        )
        adopted = msgspec.structs.replace(adopted, **{"dispute": dispute.dispute} | changed)
        self.tell(stating(adopted) if adopted.dispute else adopted, dispute.asset)

    def settle(self, dispute: DisputeOpened) -> None:
        unfrozen = AssetUnfrozen(**self._asset(dispute.asset), dispute=dispute.dispute, kind="SHARE")
        self.tell(unfrozen, dispute.asset)


def declared(
    story: Story,
    parent: str = "GROUP",
    child: str = "HUT",
    *,
    by: str | None = None,
    known: bool = True,
    confirmed_by: Sequence[str] | None = None,
    begins: date = CONCEIVED,
    **stated: Any,
) -> None:
    """Let one party come under another by what is declared on the day of the conception, and have that entered."""
    affiliation: dict[str, Any] = {"parent": parent, "child": child, "accrual": True, "declaration": "DEC"}
    affiliation["period"] = Period(start=begins)
    story.on(str(CONCEIVED))
    if known:
        declaration = made(DeclarationMade, **{**affiliation, **stated}, declared_by=by or child)
        story.tell(declaration, "DEC", agreement=NO_AGREEMENT)
    for party in (parent,) if confirmed_by is None else confirmed_by:
        story.tell(made(DeclarationConfirmed, **affiliation, party=party), "DEC", agreement=NO_AGREEMENT)
    story.tell(made(AffiliationDeclared, **affiliation), "all", agreement=NO_AGREEMENT)


def contributions_of_the_5g_invention(story: Story) -> None:
    """Tell who did what: by the rules HUT holds 35/72 and ATRC 37/72."""
    for person, employer in {"PI": "HUT", "PHD": "HUT", "PD": "HUT", "SE": "ATRC", "RE": "ATRC"}.items():
        story.engage(person, employer)
    story.on("2024-07-15").disclose(E1="1/2", E2="1/3", E3="1/6")
    story.on("2024-07-16")
    for contributor, element, points in (
        ("PI", "E1", "2/1"),
        ("PHD", "E1", "1/1"),
        ("SE", "E1", "1/1"),
        ("SE", "E2", "2/1"),
        ("PD", "E2", "1/1"),
        ("RE", "E3", "1/1"),
    ):
        story.contribute(contributor, element, points)


def sample() -> Story:
    """Tell the sample: disclosed 2024-07-15, determined 2024-08-30 and, after a dispute, again 2025-01-20.

    A second invention is determined on 2024-12-10, after a visitor assigned their part of it by a deed.
    """
    story = Story()
    for party in PARTIES:
        story.register(party)
    story.agree(title_gap="HOLD_IN_PERSON")
    contributions_of_the_5g_invention(story)
    story.on("2024-08-30").adopt(story.propose())
    dispute = story.on("2024-11-05").dispute(
        {"HUT": "41/72", "ATRC": "31/72"}, adopted={"HUT": "35/72", "ATRC": "37/72"}
    )
    visited_invention(story)
    # The expert found that the university had a part in the third element: one to two.
    story.on("2025-01-20").contribute("PI", "E3", "1/2")
    story.adopt(story.propose(2))
    story.settle(dispute)
    story.on("2025-03-28").transfer("ATRC", "HUT", "2025-04-01", "XFR-1", of_holding="1/5", invention=VISITED)
    story.on("2025-04-02").transfer("ATRC", "HUT", "2025-05-01", "XFR-2", of_whole="1/12", invention=VISITED)
    story.on("2025-05-02").rescind("XFR-2", "2025-05-01", invention=VISITED)
    return story


def visited_invention(story: Story) -> None:
    """Tell of an invention to which a visitor contributed who had assigned nothing, until a deed of 2024-12-02."""
    story.engage("VR", None)
    story.on("2024-11-12").disclose(VISITED, E1="1/1")
    story.contribute("SE", "E1", "5/1", invention=VISITED)
    story.contribute("VR", "E1", "1/1", invention=VISITED)
    story.on("2024-12-02").transfer(
        "person:VR", "HUT", "2024-12-02", "DEED-VR", of_holding="1/1", kind="DEED", invention=VISITED
    )
    story.on("2024-12-10").adopt(story.propose(invention=VISITED))


def whole(shares: dict[str, Fraction]) -> bool:
    return sum(shares.values()) == 1 and all(share > 0 for share in shares.values())
