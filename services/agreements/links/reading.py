"""The words of the page, in each language, and its template, as they stand in this folder."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

import msgspec
from jinja2 import DictLoader, Environment, StrictUndefined

from services.agreements.links.words import Words
from shared.languages import Language


def _read(name: str) -> str:
    file = files(__package__) / name
    return file.read_text(encoding="utf-8")


WORDS: Final[Mapping[Language, Words]] = {
    language: msgspec.convert(tomllib.loads(_read(f"{language}.toml")), Words) for language in Language
}
TEMPLATES: Final = Environment(
    loader=DictLoader({name: _read(name) for name in ("page.html", "frame.html", "notice.html")}),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
STYLE: Final = _read("page.css")
