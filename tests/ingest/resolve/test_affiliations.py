"""Which part of an affiliation names the institution."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.resolve.affiliations import affiliation


@pytest.mark.parametrize(
    ("text", "institution", "divisions", "place"),
    [
        ("University of Oslo", "University of Oslo", 0, ()),
        ("Dept. of Physics, Univ. of Oslo, Oslo, Norway", "Univ. of Oslo", 1, ("Oslo", "Norway")),
        ("School of Physics, University of Oslo 3 , 0316 Oslo, Norway", "University of Oslo", 1, ("Norway",)),
        ("University of Oslo, Department of Physics", "University of Oslo", 1, ()),
        ("University of Oslo School of Medicine", "University of Oslo", 1, ()),
        ("Department of Physics of the University of Oslo", "University of Oslo", 1, ()),
        ("Laboratoire de Physique, Université de Lille", "Université de Lille", 1, ()),
        ("Institute of Botany, Academy of Sciences", "Institute of Botany", 1, ()),
        ("National Heart, Lung and Blood Institute", "National Heart, Lung and Blood Institute", 0, ()),
        ("Institute of Chemistry, Technology and Metallurgy", "Institute of Chemistry, Technology and Metallurgy", 0, ()),
        (
            "Department of Physics, Institute of Chemistry, Technology and Metallurgy",
            "Institute of Chemistry, Technology and Metallurgy",
            1,
            (),
        ),
        ("Department of Genetics, RIKEN", "RIKEN", 1, ()),
        ("College of Engineering, Institute of Botany", "Institute of Botany", 1, ()),
        ("Acme Research, Inc.", "Acme Research, Inc", 0, ()),
        ("Software Group, LLC", "Software Group, LLC", 0, ()),
        ("Bell Laboratories, Murray Hill", "Bell Laboratories, Murray Hill", 0, ()),
        ("University Hospital", "University Hospital", 0, ()),
        ("岑海理工大学机械工程学院", "岑海理工大学", 1, ()),
        ("岑海大学附属医院", "岑海大学附属医院", 0, ()),
        ("岑海大学", "岑海大学", 0, ()),
    ],
)
def test_parts(text: str, institution: str, divisions: int, place: tuple[str, ...]) -> None:
    found = affiliation(text)
    assert (found.institution, len(found.divisions), found.place) == (institution, divisions, place)


_words = st.sampled_from(["University", "of", "Oslo", ",", "Dept.", "School", "1 ,", "大学", "-"])


@given(st.text(max_size=80) | st.lists(_words).map(" ".join))
def test_any_text_has_parts_and_its_institution_is_whole(text: str) -> None:
    found = affiliation(text)
    assert affiliation(text) == found
    if found.divisions:
        assert found.institution.strip()
        assert len(found.institution) < len(text)
