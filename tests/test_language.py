"""The catalogue: complete, compiled, with the same values in both languages, and in the words of the documented lists."""

from __future__ import annotations

import copy
import string
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from hypothesis import given
from hypothesis import strategies as st

from graph import language
from graph.errors import InvalidInput
from graph.language import Message, _, told
from ingest.cells import words
from ingest.cells.broken import Broken
from tests import catalogue
from tests.catalogue import CLICK, Marked

CATALOG = catalogue.read()
MARKED = catalogue.marked()
OTHERS = {one.text for one in catalogue.of_click()}


def test_every_marked_text_is_translated() -> None:
    missing = [one for one in MARKED if CATALOG.get(one.text, one.context or None) is None]
    assert not missing, "make catalogue"
    assert not catalogue.untranslated(CATALOG)


def test_nothing_is_translated_that_nobody_says() -> None:
    kept = {
        (one.id if isinstance(one.id, str) else one.id[0], one.context or "")
        for one in CATALOG
        if one.id and (CLICK, None) not in one.locations
    }
    assert kept == {(one.text, one.context) for one in MARKED}


def test_the_compiled_catalogue_is_that_of_the_text() -> None:
    # the heading names the version of Babel that wrote it
    shipped, made = (read_mo(BytesIO(content)) for content in (catalogue.MO.read_bytes(), catalogue.compiled(CATALOG)))
    assert [(one.id, one.context, one.string) for one in shipped if one.id] == [
        (one.id, one.context, one.string) for one in made if one.id
    ], "make catalogue"


def values_of(text: str) -> set[tuple[str, str, str | None]]:
    """The placeholders of a text, each with its form."""
    return {(name, form or "", change) for _text, name, form, change in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("one", [one for one in MARKED if "{" in one.text], ids=lambda one: one.text[:40])
def test_a_translation_has_the_values_of_its_text(one: Marked) -> None:
    found = CATALOG.get(one.text, one.context or None)
    assert found is not None
    said = found.string if isinstance(found.string, str) else found.string[0]
    if one.plural:
        assert values_of(said) == values_of(one.plural) == values_of(one.text)
    else:
        assert values_of(said) == values_of(one.text)


def test_no_text_speaks_of_distrust() -> None:
    assert not [one.text for one in MARKED if "distrust" in one.text.casefold() or "disbelief" in one.text.casefold()]
    assert not [one for one in CATALOG if "不信任" in str(one.string)]


READERS = {
    "InstitutionKind": words.institution_kind,
    "AchievementKind": words.achievement_kind,
    "ResourceKind": words.resource_kind,
    "DemandKind": words.demand_kind,
    "DemandRoute": words.demand_route,
    "Size": words.size,
    "BrokerLevel": words.broker,
    "LegalStatus": words.legal_status,
    "Maturity": words.maturity,
    "LicenceForm": words.licence_form,
    "TransferForm": words.transfer_form,
    "ContractType": words.contract_type,
    "DemandStatus": words.demand_status,
    "Visibility": words.visibility,
    "CooperationMode": words.cooperation_mode,
    "Outcome": words.outcome,
    "EvidenceKind": words.evidence_kind,
}


@pytest.mark.parametrize("name", READERS)
def test_a_word_of_a_closed_list_is_shown_as_a_file_may_say_it(name: str) -> None:
    members = [one for one in MARKED if one.context == name]
    assert members
    with language.speaking("zh"):
        for one in members:
            assert READERS[name](language.word(one.text, name)).value.replace("_", " ") == one.text


# -- how texts are told


def test_a_message_is_english_until_it_is_told() -> None:
    one = Message("must not be less than {low}", low="price_min")
    assert one == "must not be less than price_min"
    assert told(one) == one
    with language.speaking("zh"):
        assert one == "must not be less than price_min"
        assert told(one) == "不能小于 price_min"
        assert _("must not be less than {low}", low="price_min") == "不能小于 price_min"
    assert told(one) == one


def test_a_message_in_a_message_and_in_an_exception_is_told_too() -> None:
    outer = Message("the workbook cannot be read: {error}", error=Broken(Message("has more than {rows:,} rows", rows=5000)))
    assert str(outer) == "the workbook cannot be read: has more than 5,000 rows"
    with language.speaking("zh"):
        assert told(outer) == "无法读取工作簿：超过 5,000 行"


def test_an_error_is_told_and_keeps_its_rule_in_english() -> None:
    with language.speaking("zh"):
        error = InvalidInput(Message("the header has more than {columns:,} columns", columns=9), file="a.csv")
    assert str(error) == "a.csv: 表头超过 9 列"
    assert language.english(error.rule) == "the header has more than 9 columns"


@given(st.text(), st.text())
def test_values_are_never_read_as_texts(text: str, value: str) -> None:
    one = Message("{label}", label=value)
    assert one == value
    with language.speaking("zh"):
        assert told(one) == value
        assert told(Message(text)) in (text, _(text))
    kept = copy.deepcopy(one)
    assert (kept, kept.text, kept.values) == (one, one.text, one.values)
    assert type(language.english(one)) is str


@pytest.mark.parametrize(("count", "said"), [(1, "1 row rejected"), (2, "2 rows rejected"), (1200, "1,200 rows rejected")])
def test_a_plural_is_chosen_by_the_language(count: int, said: str) -> None:
    one = ("{count:,} row rejected", "{count:,} rows rejected")
    assert language.ngettext(*one, count) == said
    with language.speaking("zh"):
        assert language.ngettext(*one, count) == f"{count:,} 行被拒"


def test_an_empty_text_is_empty_in_every_language() -> None:
    with language.speaking("zh"):
        assert (_(""), told(""), told(Message(""))) == ("", "", "")  # gettext keeps its heading under the empty text


# -- which language


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_TW"}, "zh"),
        ({"LANG": "C"}, "en"),
        ({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "zh_CN", "LANG": "en_GB"}, "zh"),
        ({"LC_MESSAGES": "de_DE", "LANG": "zh_CN"}, "en"),
    ],
)
def test_the_first_word_of_the_locale_decides(environment: dict[str, str], expected: str) -> None:
    assert language.of_locale(environment) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (["名称", "完成单位", "TRL"], "zh"),
        (["name", "title", "备注"], "en"),
        (["名称", "id"], "zh"),
        (["id", "title"], "en"),
        ([""], "en"),
        (["成果名称（必填）", "DOI", "IPC", "摘要"], "zh"),
    ],
)
def test_a_header_is_in_the_language_of_most_of_its_columns(header: list[str], expected: str) -> None:
    assert language.language_of(header) == expected


def test_a_file_is_told_in_its_own_language_unless_one_was_chosen() -> None:
    with language.speaking_as_written("zh"):
        assert language.language() == "zh"
    language.speak("en", chosen=True)
    with language.speaking_as_written("zh"):
        assert language.language() == "en"


@pytest.mark.parametrize(("text", "cells"), [("", 0), ("abc", 3), ("语义", 4), ("A，b", 4), ("…", 1)])
def test_cells_of_a_text(text: str, cells: int) -> None:
    assert language.cell_len(text) == cells


def test_the_catalogue_is_shipped() -> None:
    assert Path(language.FOLDER, "zh", "LC_MESSAGES", "dovetail.mo").is_file()
