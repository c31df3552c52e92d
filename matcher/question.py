"""The question and the answer: the values that cross from ``matcher`` to whoever shows them.

In: a ``Question`` from the command line, the HTTP service (both by ``desk.schemas``) or Python. Out: an ``Answer`` with its matches, best
first. Next: ``matcher.rank.pipeline`` answers the question; ``desk.schemas`` and ``api.cli.draw.answer`` show the answer.

Points are integers in millionths; ``Match.score`` is exactly the sum of its terms' points.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from graph.language import N_
from graph.viewer import Viewer

MILLION = 1_000_000
"""Points of a score of 1."""


NEW = N_("new to you")
"""What is said of a candidate with whom the asker has no history."""


class Want(StrEnum):
    """What is looked for. Partners are institutions and experts, each standing on the works it owns or created."""

    PARTNERS = "partners"
    ACHIEVEMENTS = "achievements"
    EXPERTS = "experts"
    DEMANDS = "demands"
    RESOURCES = "resources"


class PartnerRole(StrEnum):
    """What partners are to a technology: ``providers`` have it or could develop it and stand on their works; ``adopters`` would take it
    into use and stand on the demands they posted and, firms, on what they say of themselves."""

    PROVIDERS = "providers"
    ADOPTERS = "adopters"


class Ties(StrEnum):
    """Whether the asker has a history with a candidate: ``known``, whom it has been through anything with; ``new``, all others."""

    KNOWN = "known"
    NEW = "new"


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What a match must satisfy. An empty filter lets everything pass, and so does a value that is not known: not to know a region
    or a TRL is a gap, not a refusal. An expert is filtered by the institutions that employ him or her: one of them must pass all that is
    asked of institutions, and an expert of none does not. A region stands for all that lies in it."""

    countries: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    """Kinds of the candidate itself: institution kinds for partners, achievement kinds for achievements, demand kinds for demands."""
    trl_min: int | None = None
    price_max: float | None = None
    """In ``currency``, which must be given with it. A work that is priced in another one does not pass, and is counted (``LeftOut``)."""
    currency: str | None = None
    language: str | None = None
    """``zh`` or ``en``: the language that a work's text is mostly written in."""
    maturities: tuple[str, ...] = ()
    legal_statuses: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    transfer_forms: tuple[str, ...] = ()
    """Of works (as is ``maturities``): a work passes that offers one of these."""
    routes: tuple[str, ...] = ()
    """Of demands."""
    sizes: tuple[str, ...] = ()
    """Of institutions."""
    industries: tuple[str, ...] = ()
    """Of institutions and demands: the beginning of a name or a code, so that C35 stands for C3512 too."""
    qualifications: tuple[str, ...] = ()
    """Of institutions: a part of a qualification's name, which must still hold on the day that is asked for."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question. ``text`` or ``about`` (the id of a node whose text is the question) must be given, or both.

    ``as_of`` is an ISO day: later facts are invisible and evidence decays up to it. It is always given, so that no clock
    enters a score. ``asker``: the id of the institution that asks, whose trust makes the trust term; None is nobody.
    """

    as_of: str
    text: str = ""
    title: str = ""
    about: str | None = None
    want: Want = Want.PARTNERS
    role: PartnerRole | None = None
    """Of partners; None is adopters where the question is about an achievement, and providers otherwise."""
    k: int = 5
    asker: str | None = None
    viewer: Viewer = Viewer()
    filters: Filters = Filters()
    among: tuple[str, ...] | None = None
    """Rank only these ids, however irrelevant. The asker must not be one of them."""
    include_weak: bool = False
    """Also list candidates whose best work is below the bar of credibility."""
    own_house: bool = False
    """Also list the asker's own house (``matcher.rank.house``): its parts, what it is part of, and who works there."""
    ties: Ties | None = None
    """List only candidates with or without a history; None lists both."""


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a score. ``facts`` are the ids of the nodes and edges it is computed from (with the Scale and the weights);
    ``without`` says what it would be without each of them."""

    name: str
    points: int
    facts: tuple[str, ...] = ()
    without: dict[str, int] = {}


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A text a candidate stands on: an achievement, a demand of an adopter, or its own profile. ``meaning`` and ``words`` in [0, 1] as
    scored, and ``field`` where experts are asked for; ``factor`` in (0, 1] is what they count, less with age and where a candidate speaks
    of itself; ``via`` are the edges that tie it to the candidate; ``sentence`` is the one that fits the question best."""

    id: str
    kind: str
    title: str
    meaning: float
    words: float
    field: float = 0.0
    factor: float = 1.0
    via: tuple[str, ...] = ()
    date: str | None = None
    trl: int | None = None
    sentence: str = ""
    source: str = ""
    source_id: str = ""
    estimated: float = 0.0
    """What of ``words`` is not shared but estimated, in [0, 1]: for a work in the other language than the question's
    (``matcher.signals.words``)."""
    also: tuple[str, ...] = ()
    """Ids of further rows that list the same work; it counts once."""


class TrustItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item of evidence behind a trust term: its weight after decay, its value in [-1, 1], and the facts it rests on.
    ``way``: the asker's "own" experience, that of a relative by "part_of", or "heard"; ``giver``: whose it is, if not the asker's;
    ``until``: the day from which it counts no more, if it speaks against the party and has a date."""

    kind: str
    value: float
    weight: float
    date: str | None
    facts: tuple[str, ...]
    title: str = ""
    way: str = "own"
    giver: str = ""
    until: str | None = None


class Opinion(msgspec.Struct, frozen=True, kw_only=True):
    """Josang's subjective opinion: belief + disbelief + uncertainty = 1."""

    belief: float = 0.0
    disbelief: float = 0.0
    uncertainty: float = 1.0
    expectation: float = 0.5
    items: tuple[TrustItem, ...] = ()
    """The strongest first."""
    from_anchors: bool = False
    """What was heard came through the platform's anchors: the asker trusts nobody yet."""


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate with the reasons for and against it."""

    candidate: str
    kind: str
    name: str
    score: int
    terms: tuple[Term, ...]
    fit: float = 0.0
    """How well its works answer, in [0, 1], comparable between questions; no term of trust is in it (``matcher.score.fit``)."""
    fit_band: str = ""
    """The same in a word: strong, good, fair or weak."""
    works: tuple[Work, ...] = ()
    people: tuple[str, ...] = ()
    """Names of the experts behind the works, for an institution."""
    owners: tuple[str, ...] = ()
    """Names of the institutions that own it, for an achievement, whichever row of it tells so."""
    trust: Opinion = Opinion()
    known: bool | None = None
    """Whether the asker itself has a history with it; None where nobody asks."""
    text_rank: int = 0
    """The place it would have by its works alone, without any term of trust; 0 where nobody asks."""
    gaps: tuple[str, ...] = ()


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many a question left out who would answer it credibly (at all, where weak matches are listed) and pass its filters."""

    own_house: int = 0
    """Candidates of the asker's own house."""
    closed: int = 0
    """Demands that are solved, withdrawn or past their deadline, where demands or adopters are asked for."""
    other_currency: int = 0
    """Works that are priced in another currency than the highest price is."""
    other_ties: int = 0
    """Candidates whom the asker knows where new ones are asked for, and the other way round."""


def adopters_wanted(question: Question) -> bool:
    """Whether the candidates are adopters: partners of that role, once ``matcher.rank.pipeline`` has filled it in."""
    return question.want is Want.PARTNERS and question.role is PartnerRole.ADOPTERS


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The matches, best first. ``reason`` says why there is none, or why what there is is not credible."""

    question: Question
    matches: tuple[Match, ...]
    credible: bool
    reason: str = ""
    revision: int
    """Of the store, as the answer saw it."""
    scale: str
    model: str
    candidates: int
    """How many were scored."""
    closed: str = ""
    """Why the demand that is asked about is closed on the day asked for, in words; empty where it is open."""
    left_out: LeftOut = LeftOut()
