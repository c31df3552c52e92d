"""``dovetail match`` on the example centre: what a person sees on one screen, what a program gets, what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rich.cells import cell_len

from desk.schemas import MatchAnswer
from tests.api.conftest import Run

TODAY = "2026-11-22"
QUESTION = "low-temperature relithiation of spent LFP cathode powder"


def asked(centre: Run, *arguments: object, stdin: str | None = None) -> dict[str, Any]:
    """The JSON answer of a question."""
    done = centre("match", *arguments, "--json", "--as-of", TODAY, stdin=stdin)
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    MatchAnswer.model_validate(answer)
    return answer


def test_five_partners_fit_one_screen_and_stand_straight(centre: Run) -> None:
    done = centre("match", "--demand", "D01", "--weak", "--as-of", TODAY)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert len(lines) <= 30
    assert all(cell_len(line) <= 100 and line == line.rstrip() for line in lines)
    heads = [line for line in lines if line[0].isdigit() and not line.startswith("5 partners")]
    assert len(heads) == 5
    scores = {cell_len(line[: line.rindex(" ")]) for line in heads}
    assert len(scores) == 1, "the bars begin in one column"
    assert "\x1b" not in done.stdout


def test_a_narrow_terminal_is_kept_to(centre: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    done = centre("match", "--demand", "D12", "--weak")
    assert max(map(cell_len, done.stdout.splitlines())) <= 80


def test_trust_is_told_in_words(centre: Run) -> None:
    text = centre("match", "--demand", "D01", "--as-of", TODAY).stdout
    assert "asked by 恒岬精密机械" in text
    assert "completed together, last 2024" in text
    assert "nobody asks" in centre("match", QUESTION).stdout


def test_a_gap_is_told(centre: Run) -> None:
    gap = asked(centre, "--demand", "D01", "--trl-min", "9")["matches"][0]["gaps"][0]
    assert gap[:20] in centre("match", "--demand", "D01", "--trl-min", "9", "--as-of", TODAY).stdout


def test_the_ledger_adds_up_in_the_public_document(centre: Run) -> None:
    answer = asked(centre, "--demand", "D01", "-k", "10", "--weak")
    assert len(answer["matches"]) == 10
    for rank, match in enumerate(answer["matches"], 1):
        assert match["rank"] == rank
        assert match["score"] == sum(term["points"] for term in match["terms"])
        assert set(match["terms"][0]) == {"name", "points", "facts", "without"}
    scores = [match["score"] for match in answer["matches"]]
    assert scores == sorted(scores, reverse=True)


def test_the_fit_is_told_beside_the_score_in_a_word_and_in_full(centre: Run) -> None:
    question = ("--demand", "D01", "-k", "10", "--weak", "--as-of", TODAY)
    matches = asked(centre, *question)["matches"]
    drawn = [line for line in centre("match", *question).stdout.splitlines() if line[0].isdigit()][1:]
    for line, match in zip(drawn, matches, strict=True):
        assert f"{match['score'] / 1e6:.3f} {match['fit_band']} " in line
    assert len({match["fit_band"] for match in matches}) > 1
    in_full = centre("match", *question, "--explain", "1").stdout
    assert f"technical fit {matches[0]['fit']:.2f}, {matches[0]['fit_band']}" in in_full
    nobody = {match["candidate"]: match["fit"] for match in asked(centre, "--about", "D01", "-k", "40", "--weak")["matches"]}
    assert all(nobody[match["candidate"]] == match["fit"] for match in matches)  # whoever asks


def test_a_demand_is_asked_by_who_posted_it_unless_another_is_named(centre: Run) -> None:
    poster = asked(centre, "--demand", "D01")["question"]["asker"]
    assert json.loads(centre("show", "I06", "--json").stdout)["id"] == poster
    other = asked(centre, "--demand", "D01", "--asker", "I07")["question"]["asker"]
    assert other not in (None, poster)
    assert asked(centre, "--about", "D01")["question"]["asker"] is None


def test_explain_tells_every_cited_fact(centre: Run) -> None:
    answer = asked(centre, "--demand", "D01", "--explain", "1")
    first = answer["matches"][0]
    cited = {fact for term in first["terms"] for fact in term["facts"]}
    assert cited <= {fact["id"] for fact in answer["facts"]}
    text = centre("match", "--demand", "D01", "--explain", "1", "--as-of", TODAY).stdout
    for fact in cited:
        assert fact in text
    for heading in ("Works it stands on", "Trust", "Gaps", "Facts cited"):
        assert heading in text
    assert f"score {first['score'] / 1e6:.6f}" in text
    assert all(cell_len(line) <= 100 for line in text.splitlines())


def test_only_the_match_that_is_explained_sends_facts(centre: Run) -> None:
    assert asked(centre, "--demand", "D01")["facts"] == []
    ids = {fact["id"] for fact in asked(centre, "--demand", "D01", "--explain", "2")["facts"]}
    second = asked(centre, "--demand", "D01")["matches"][1]
    assert second["works"][0]["id"] in ids


def test_no_credible_match_is_an_answer(centre: Run) -> None:
    done = centre("match", "which wine goes with roast duck and plum sauce?")
    assert done.exit_code == 0
    assert done.stdout.startswith("No credible match: ")
    answer = asked(centre, "which wine goes with roast duck and plum sauce?")
    assert (answer["credible"], answer["matches"]) == (False, [])
    assert answer["reason"]


def test_a_text_comes_from_stdin(centre: Run) -> None:
    assert asked(centre, "-", stdin=QUESTION)["matches"] == asked(centre, QUESTION)["matches"]


def test_the_same_question_gives_the_same_bytes(centre: Run) -> None:
    first, again = (centre("match", "--demand", "D03", "--json", "--as-of", TODAY).stdout for _ in range(2))
    assert first == again


def test_filters_reach_the_matcher(centre: Run) -> None:
    answer = asked(centre, "--demand", "D01", "--weak", "--country", "DE", "--country", "NL", "--kind", "university", "--trl-min", "4",
                   "--price-max", "1e7 EUR", "--language", "en", "--region", "Limburg", "--maturity", "中试", "--maturity", "Industrial",
                   "--legal-status", "有权", "--licence", "独占许可", "--transfer-form", "作价入股", "--route", "揭榜挂帅",
                   "--industry", " C35 ", "--size", "small", "--qualification", "高新技术企业")  # fmt: skip
    assert answer["question"]["filters"] == {
        "countries": ["DE", "NL"], "kinds": ["university"], "regions": ["Limburg"], "trl_min": 4, "price_max": 1e7,
        "currency": "EUR", "language": "en",
        "maturities": ["pilot", "industrial"], "legal_statuses": ["granted"], "licences": ["exclusive"], "transfer_forms": ["equity"],
        "routes": ["open_call"], "industries": ["C35"], "sizes": ["small"], "qualifications": ["高新技术企业"],
    }  # fmt: skip
    assert "Institution" not in {match["kind"] for match in answer["matches"]}, "none is of that region"


CASTING = ("压铸件内部气孔缩孔的在线无损检测，不使用X射线",
           "in-line non-destructive detection of internal porosity and shrinkage in die castings without X-rays")  # fmt: skip


def test_the_right_answer_in_the_other_language_is_found(centre: Run) -> None:
    first = {demand: asked(centre, "--demand", demand)["matches"][0]["works"][0] for demand in ("D03", "D08")}
    assert {demand: shown["source_id"] for demand, shown in first.items()} == {"D03": "A41", "D08": "A58"}
    assert all(0 < shown["estimated"] < shown["words"] for shown in first.values())
    chinese, english = ([match["works"][0]["source_id"] for match in asked(centre, question)["matches"]] for question in CASTING)
    assert chinese == ["A02", "A45", "A59"]  # behind an inspection of coatings, which shares six characters in a row
    assert english[:2] == ["A45", "A59"]
    sources = [match["works"][0]["source_id"] for match in asked(centre, "--demand", "D01")["matches"]]
    assert sources == ["A02", "A05"]  # nobody who writes in the other language of screws or ovens


@pytest.mark.parametrize("want", ["achievements", "experts", "demands", "resources"])
def test_other_things_are_wanted(centre: Run, want: str) -> None:
    answer = asked(centre, "coating", "--want", want, "--weak", "-k", "3")
    kind = want.removesuffix("s").capitalize()
    assert {match["kind"] for match in answer["matches"]} == {kind}
    assert centre("match", "coating", "--want", want, "--weak", "-k", "3").exit_code == 0


def test_the_public_does_not_see_what_is_for_members(centre: Run) -> None:
    """A04 is for members, and nothing of it is told to the public."""
    everything = asked(centre, "--about", "A04", "--want", "achievements", "--weak", "-k", "100")
    assert "A04" in {match["works"][0]["source_id"] for match in everything["matches"]} or everything["question"]["about"]
    done = centre("match", "--about", "A04", "--clearance", "public")
    assert (done.exit_code, done.stdout) == (3, "")
    public = asked(centre, "DLC 柱塞 涂层", "--want", "achievements", "--weak", "-k", "100", "--clearance", "public")
    assert "A04" not in {match["works"][0]["source_id"] for match in public["matches"]}
    members = asked(centre, "DLC 柱塞 涂层", "--want", "achievements", "--weak", "-k", "100", "--clearance", "members")
    assert "A04" in {match["works"][0]["source_id"] for match in members["matches"]}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["x", "-k", "0"], 2, "-k"),
        (["x", "-k", "101"], 2, "-k"),
        (["x", "--trl-min", "12"], 2, "--trl-min"),
        (["x", "--price-max", "nan"], 2, "--price-max"),
        (["x", "--price-max", "5000"], 2, "--price-max: names no currency"),
        (["x", "--price-max", "30-50万"], 2, "--price-max: must be one amount"),
        (["x", "--country", "Atlantis"], 2, "--country: unknown country: Atlantis; any of ISO 3166-1 by its code or name, such as "),
        (["x", "--kind", "universty"], 2, "--kind: unknown kind of institutions: universty; known are university 高校, "),
        (["x", "--kind", "patent"], 2, "(patent is a kind of achievements)"),
        (["x", "--region", "Nowhere"], 2, "--region: unknown region: Nowhere; seen here are "),
        (["x", "--industry", "alchemy"], 2, "--industry: unknown industry: alchemy; "),
        (["x", "--qualification", "Knighthood"], 2, "--qualification: unknown qualification: Knighthood; "),
        (["x", "--maturity", "pilto"], 2, "--maturity: must be one of: concept"),
        (["x", "--legal-status", "x"], 2, "--legal-status: must be one of: pending"),
        (["x", "--as-of", "tomorrow"], 2, "--as-of"),
        (["x" * 20_001], 2, "TEXT"),
        (["\udcff"], 2, "UTF-8"),
        ([" "], 2, "give text"),
        (["--demand", "I06"], 2, "not a demand"),
        (["--demand", "D999"], 3, "nothing here is called D999"),
        (["x", "--asker", "nobody at all"], 3, "nothing here is called"),
        (["x", "--asker", "A01"], 2, "asker"),
        ([QUESTION, "--explain", "0"], 2, "--explain"),
        ([QUESTION, "--explain", "99"], 2, "--explain"),
    ],
)
def test_a_question_that_breaks_a_rule_is_refused(centre: Run, arguments: list[str], code: int, said: str) -> None:
    done = centre("match", *arguments)
    assert done.exit_code == code, done.output
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_stdin_that_is_no_text_is_refused(centre: Run) -> None:
    done = centre("match", "-", stdin=b"\xff\xfe\x00")
    assert done.exit_code == 2
    assert "stdin" in done.stderr
