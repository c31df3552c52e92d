"""The kinds of words that names of institutions are made of: nouns for institutions and their parts, legal forms.

In: nothing; words of the main languages, folded (``folded``), no names. Out: sets of words. Next: ``ingest.cells.names`` tells by them
where one institution of a cell ends, ``ingest.resolve.names`` takes legal forms away, ``ingest.resolve.affiliations`` takes names apart and
``ingest.resolve.compare`` weighs their words.
"""

from __future__ import annotations

import re
import unicodedata

_ACCENT = re.compile("[\u0300-\u036f]")


def folded(text: str) -> str:
    """``text`` without width, case and Latin accents (the marks of other scripts are letters, and stay)."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    if folded.isascii():
        return folded
    return unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFD", folded)))


_GROUPS = {
    "university": """university universities univ universite universites universitat universitaet universita universidad universidade
        universiteit universitet universitetet universitetas uniwersytet univerzita univerzitet sveuciliste egyetem egyetemi
        yliopisto ulikool universitatea universitesi universitas""",
    "polytechnic": """politecnico politecnica polytechnic polytechnique polytechnical politehnica politechnika politecnica
        hochschule fachhochschule""",
    "hospital": """hospital hospitals hosp klinikum universitatsklinikum krankenhaus hopital hopitaux ospedale ziekenhuis
        sygehus sjukhus sykehus sairaala szpital nemocnice hospitalario hospitalier infirmary universitatsmedizin
        universitatsspital clinic clinique clinica""",
    "institute": """institute institutes inst institut institutet instituto istituto instituut instytut institutul institution
        forschungsinstitut forschungszentrum zentrum centre center ctr centro centrum centres centers keskus kozpont intezet
        intezete research""",
    "academy": "academy academie akademie accademia academia akademia akademi acad",
    "college": "college colleges collegium kolegium",
    "company": "company companies corporation corp",
    "ministry": "ministry ministerium ministerio ministere ministero ministerstvo ministerul",
    "agency": "agency agentur agence agencia agenzia",
    "council": "council consejo consiglio conseil",
    "foundation": "foundation fondation fundacion fundacao fondazione stiftung",
    "society": "society association gesellschaft asociacion associazione societe",
    "museum": "museum musee museo",
    "observatory": "observatory observatoire osservatorio observatorio",
}
NOUN: dict[str, str] = {word: kind for kind, words in _GROUPS.items() for word in words.split()}
"""Nouns for institutions and the kind that they tell."""
_DEPARTMENT_WORDS = """
department departments dept depts departement departamento dipartimento abteilung faculty faculties fac fakultat faculte facultad faculdade
facolta fakultet fakulteta wydzial school division section chair lehrstuhl katedra
"""
DEPARTMENT = frozenset(_DEPARTMENT_WORDS.split())
"""Words for parts that no institution is called by: what follows ``Department of Physics,`` is its institution."""
_UNIT_WORDS = """
schools escuela escola scuola ecole divisions div sektion unit units unite unidad unidade unita laboratory laboratories lab labs
laboratoire laboratorio laborator group groups gruppe groupe grupo gruppo arbeitsgruppe team equipe
"""
UNIT = DEPARTMENT | frozenset(_UNIT_WORDS.split())
"""Words for parts of an institution that begin or end the name of one."""
_BRANCH_WORDS = "branch campus sede standort niederlassung zweigniederlassung filiale sucursal succursale delegation kampus"
BRANCH = frozenset(_BRANCH_WORDS.split())
"""Words for a part at another place."""
_PART_WORDS = """
program programme programa service servicio servizio core facility office graduate undergraduate cluster zaklad kafedra umr
"""
DIVISION = UNIT | BRANCH | frozenset(_PART_WORDS.split())
"""Words for parts of an institution that may stand in the names of whole ones too."""
GROUP = frozenset(["group", "grp", "gruppe", "groupe", "grupo", "gruppo", "holding", "holdings"])
"""Words for what owns several firms: the group and the firm of its name are two."""
_LINKING_WORDS = """
of the and for at in on de del della di da do dos das du des la le les el et e y und fur fuer der die den zu zur van het voor en i og
och d l s a
"""
LINKING = frozenset(_LINKING_WORDS.split())

_LEGAL_WORDS = """
inc incorporated corp corporation comp ltd limited llc llp lllp lp plc co company cos gmbh mbh ag kg kgaa ohg ug ev eg sa sas sarl srl spa
sl slu slne bv nv cv oy oyj ab as asa aps kk pty pte pvt private sdn bhd sro doo dooel ooo oao zao pao jsc pjsc cjsc ojsc ltda lda eirl
sasu eurl sca scarl scrl srls sprl bvba asbl vzw gbr kft zrt nyrt uab ood eood ead spzoo ehf cvba snc vof epe coop sagl sll
aktiengesellschaft aktiebolag aktiebolaget
gie onlus osakeyhtio aktieselskab anpartsselskab aksjeselskap kabushikikaisha
"""
LEGAL = frozenset(_LEGAL_WORDS.split())
"""Legal forms of one word."""
LEGAL_ZH = ("股份有限公司", "有限责任公司", "有限公司", "股份公司", "总公司", "公司")
"""Legal forms at the end of a Chinese name, longer ones first. 集团 is none: the group and its listed company are two."""
LEGAL_JA_KO = (
    "株式会社", "有限会社", "合同会社", "合名会社", "合資会社",
    "(株)", "(有)", "(合)", "주식회사", "유한책임회사", "유한회사", "(주)", "(유)",
)  # fmt: skip
"""Legal forms before or behind a Japanese or Korean name, as NFKC writes them (㈱ is (株))."""
GROUP_ZH = "集团"
BRANCH_ZH = ("分公司", "子公司", "分行", "支行", "分院", "分校", "校区", "院区", "分所", "分厂", "分部", "分中心", "办事处", "代表处")
"""How the name of a part at another place ends in Chinese; a longer end goes before a legal form in it."""
