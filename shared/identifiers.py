"""Identifiers that others give out, checked by their own check digits or tables: nothing here asks a network.

A check digit catches what people get wrong when they copy (one wrong symbol, two swapped), not what was made up.
"""

import re
from typing import Final

_ROR: Final = re.compile(r"https://ror\.org/0([a-hj-km-np-tv-z0-9]{6})([0-9]{2})", re.ASCII)
_ORCID: Final = re.compile(r"[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]", re.ASCII)
_LEI: Final = re.compile(r"[0-9A-Z]{18}[0-9]{2}", re.ASCII)
# Crockford's base 32: no I, L, O or U, which look like something else or say something.
_CROCKFORD: Final = {symbol: value for value, symbol in enumerate("0123456789abcdefghjkmnpqrstvwxyz")}

# WIPO Standard ST.3: states and other entities that issue or register industrial property.
_STATE_CODES: Final = """
    AD AE AF AG AI AL AM AO AR AT AU AW AZ BA BB BD BE BF BG BH BI BJ BM BN BO BQ BR BS BT BV BW BY BZ CA CD CF CG CH
    CI CK CL CM CN CO CR CU CV CW CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FO FR GA GB GD GE GG GH GI GL
    GM GN GQ GR GS GT GW GY HK HN HR HT HU ID IE IL IM IN IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA
    LB LC LI LK LR LS LT LU LV LY MA MC MD ME MG MK ML MM MN MO MP MR MS MT MU MV MW MX MY MZ NA NE NG NI NL NO NP NR
    NZ OM PA PE PG PH PK PL PT PW PY QA RO RS RU RW SA SB SC SD SE SG SH SI SK SL SM SN SO SR SS ST SV SX SY SZ TC TD
    TG TH TJ TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VN VU WS YE ZA ZM ZW
"""
_STATES: Final = frozenset(_STATE_CODES.split())
_ORGANISATIONS: Final = frozenset({"AP", "BX", "EA", "EM", "EP", "EU", "GC", "IB", "OA", "QZ", "WO", "XN", "XU", "XV"})


def is_ror(text: str) -> bool:
    """Tell whether the text is the address of a research organisation: 98 minus (value times 100 modulo 97)."""
    match = _ROR.fullmatch(text)
    return match is not None and int(match[2]) == ror_check(match[1])


def ror_check(symbols: str) -> int:
    """Return the two check digits of a ROR id's six symbols, as a number."""
    value = 0
    for symbol in symbols:
        value = value * 32 + _CROCKFORD[symbol]
    return 98 - value * 100 % 97


def is_orcid(text: str) -> bool:
    """Tell whether the text is an ORCID iD: sixteen symbols in fours, the last by ISO 7064 MOD 11-2."""
    return _ORCID.fullmatch(text) is not None and text[-1] == orcid_check(text.replace("-", "")[:-1])


def orcid_check(digits: str) -> str:
    """Return the check symbol of an ORCID iD's first fifteen digits."""
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return "X" if check == 10 else str(check)  # noqa: PLR2004 - the one remainder that has no digit


def is_lei(text: str) -> bool:
    """Tell whether the text is a legal entity identifier (ISO 17442): twenty symbols that are 1 modulo 97."""
    return _LEI.fullmatch(text) is not None and _mod_97(text) == 1


def lei_check(symbols: str) -> int:
    """Return the two check digits of an LEI's first eighteen symbols, as a number."""
    return 98 - _mod_97(f"{symbols}00")


def is_office(text: str) -> bool:
    """Tell whether the text is a code of WIPO ST.3: of a state or territory, or of an organisation such as EP or WO."""
    return text in _STATES or text in _ORGANISATIONS


def is_country(text: str) -> bool:
    """Tell whether the text is the ST.3 code of a state or territory: where an organisation can have its seat."""
    return text in _STATES


def _mod_97(symbols: str) -> int:
    # ISO 7064 reads letters as two digits, A as 10 to Z as 35.
    return int("".join(str(int(symbol, 36)) for symbol in symbols)) % 97
