"""The languages in which people are written to."""

from enum import StrEnum


class Language(StrEnum):
    """A language by its tag of BCP 47."""

    ENGLISH = "en"
    TRADITIONAL_CHINESE = "zh-Hant"
