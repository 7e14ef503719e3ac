"""Request bodies that are valid as they are; a test overrides the one field it is about."""

from typing import Any

from tests.agreements.portals import DIGEST, JSON

CONSENT: JSON = {
    "OWN_USE": {"rule": "NONE"},
    "NON_EXCLUSIVE": {"rule": "UNANIMOUS"},
    "SOLE": {"rule": "UNANIMOUS"},
    "EXCLUSIVE": {"rule": "UNANIMOUS"},
    "ASSIGN": {"rule": "UNANIMOUS"},
    "ASSIGN_AFFILIATE": {"rule": "NOTICE", "days": 30},
    "CHARGE": {"rule": "UNANIMOUS"},
    "ENFORCE": {"rule": "NOTICE", "days": 30},
    "ABANDON": {"rule": "NOTICE", "days": 60},
}


def terms_body(**changed: Any) -> JSON:
    terms: JSON = {
        "ownership": {"method": "ELEMENTS", "affiliate_accrual": "SEPARATE", "title_gap": "HOLD_IN_PERSON"},
        "consent": CONSENT,
        "revenue": {"steps": ["DEDUCT_TAX", "RECOUP", "SPLIT"]},
        "cost": {"split": "AS_PAID"},
        "survival": [{"clause": "confidentiality", "months": 60}, {"clause": "ownership"}],
    }
    return terms | changed


def agreement_body(**changed: Any) -> JSON:
    body: JSON = {
        "agreement": "MOU",
        "kind": "MOU",
        "title": "Joint research",
        "parties": ["HUT", "ATRC"],
        "terms": terms_body(),
        "period": {"from": "2024-02-01", "to": "2034-02-01"},
        "document_hash": DIGEST,
    }
    return body | changed


def project_body(**changed: Any) -> JSON:
    body: JSON = {
        "project": "PRJ",
        "agreement": "MOU",
        "parties": ["HUT", "ATRC"],
        "title": "Advanced 5G",
        "fields": ["telecom/ran/5g"],
        "period": {"from": "2024-03-01", "to": "2030-03-01"},
    }
    return body | changed


def participant_body(**changed: Any) -> JSON:
    body: JSON = {
        "project": "PRJ",
        "person": "HUT-SE",
        "role": "RESEARCHER",
        "home_party": "HUT",
        "period": {"from": "2024-03-01"},
    }
    return body | changed


def instrument_body(**changed: Any) -> JSON:
    body: JSON = {
        "instrument": "LAW",
        "kind": "EMPLOYMENT_LAW",
        "assignee_party": "HUT",
        "signed_on": "2015-01-01",
        "covers": {"from": "2015-01-01"},
        "document_hash": DIGEST,
    }
    return body | changed


def contribution_body(**changed: Any) -> JSON:
    body: JSON = {
        "contribution": "C1",
        "project": "PRJ",
        "invention": "INV",
        "element": "E1",
        "contributor": "HUT-SE",
        "kind": "INVENTIVE",
        "credit_roles": ["conceptualization"],
        "points": "7/1",
        "conceived_on": "2024-07-08",
        "description_hash": DIGEST,
    }
    return body | changed


def licence_body(**changed: Any) -> JSON:
    body: JSON = {
        "licence": "LIC",
        "kind": "NON_EXCLUSIVE",
        "licensors": ["HUT", "ATRC"],
        "licensee": "NLN",
        "scope": {
            "assets": ["INV"],
            "acts": ["MAKE", "SELL"],
            "fields": ["telecom/ran/5g"],
            "territories": ["HK", "CN"],
            "period": {"from": "2024-10-01", "to": "2029-10-01"},
        },
        "document_hash": DIGEST,
    }
    return body | changed
