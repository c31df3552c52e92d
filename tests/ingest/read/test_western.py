"""Windows-1252 is told by the letters of one language; other code pages are not taken for it."""

from __future__ import annotations

import pytest

from ingest.read.encodings import encoding_of
from ingest.read.western import is_western

_WESTERN = [
    "Nr.;Titel;Beschreibung\nG-1;Rückgewinnung von Kühlschmierstoff;Späne mit höchstens 3 µm, Gießerei Görlitz, 20 °C",
    "id;titre\n1;Revêtement céramique à basse température – procédé breveté, l’énergie est réduite de 30 %",
    "id;título\n1;Sensor de presión pequeño para tuberías; adopción rápida en España",
    "id;titolo\n1;Rivestimento più sottile, qualità e velocità",
    "id;titel\n1;Mätning av fukt i trä på längre sikt",
    "id;titel\n1;Måling af fugt i træ, også på køl; gør det selv",
    "id;título\n1;Sensor de pressão; produção em avanço até São João, atenção à instalação",
]
_OTHER = [
    ("id;název\n1;Měření vlhkosti dřeva při nízké teplotě; třetí generace čidel řízení", "cp1250"),
    ("id;nazwa\n1;Powłoka ceramiczna o niskiej temperaturze, głęboko zagęszczona; źródło ciepła", "cp1250"),
    ("id;név\n1;Hőmérséklet mérése fűtőtestek felületén, különböző körülmények között", "cp1250"),
    ("id;название\n1;Измерение влажности древесины", "cp1251"),
    ("id;όνομα\n1;Μέτρηση υγρασίας ξύλου", "cp1253"),
    ("id;ad\n1;Ahşapta nem ölçümü için düşük sıcaklıklı sensör, değişik ışık koşulları", "cp1254"),
]


@pytest.mark.parametrize("text", _WESTERN)
def test_western_text_is_windows_1252(text: str) -> None:
    assert encoding_of(text.encode("cp1252")) == "cp1252"
    assert encoding_of(text.encode("utf-8")) == "utf-8-sig"


@pytest.mark.parametrize(("text", "codec"), _OTHER)
def test_other_code_pages_are_not_taken_for_it(text: str, codec: str) -> None:
    assert not is_western(text.encode(codec))


def test_plain_ascii_and_undefined_bytes_are_none() -> None:
    assert not is_western(b"id,title\n1,x")
    assert not is_western("Größe".encode("cp1252") + b"\x81")
