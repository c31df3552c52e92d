"""From a claim to a receipt, each step by a command, as each of the people would do it, with letters that really go out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result

from tests.api.cli.people.conftest import good
from tests.api.conftest import invoke
from tests.desk.members.conftest import SENDER, SITE, Mailbox, mailbox  # noqa: F401 - a fixture

INSTITUTIONS = (
    "id,name,kind,region,external_ids\nF1,Alfa Coatings GmbH,enterprise,Bavaria,reg:DE-1\n"
    "L1,Lambda Institute,research_institute,,reg:DE-2\nR1,Rho Works,enterprise,,reg:DE-3\n"
)
SAID = {"title": "Coating thickness measured in line", "description": "Every tool within 10 s.", "budget": "300万", "deadline": "2027-03"}


@pytest.fixture
def url(tmp_path: Path, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:  # noqa: F811
    """A store of three institutions, and a mail server on this machine."""
    file = tmp_path / "institutions.csv"
    file.write_text(INSTITUTIONS, "utf-8")
    address = f"sqlite:///{tmp_path}/s.db"
    assert invoke("ingest", file, "--no-index", store=address).exit_code == 0
    said = {"SITE": SITE, "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(mailbox.port), "SMTP_TLS": "none", "SMTP_FROM": SENDER}
    for name, value in said.items():
        monkeypatch.setenv(f"DOVETAIL_{name}", value)
    yield address


def test_from_a_claim_to_a_receipt(url: str, mailbox: Mailbox, tmp_path: Path) -> None:  # noqa: F811
    def do(*arguments: object, key: str = "", stdin: str | None = None) -> Result:
        return invoke(*arguments, *(("--key", key) if key else ()), store=url, stdin=stdin)

    def link(count: int) -> str:
        return f"{SITE}/x#{mailbox.token(count)}\n"

    # the firm claims, the operator approves, the firm signs in
    assert do("members", "claim", "li@firm.example", "--name", "Li", "--role", "enterprise", "--number", "reg:DE-1").exit_code == 0
    member = good(do("members", "confirm", "--json", stdin=link(1)))["id"]
    assert "claimed" in do("members", "list").stdout and "li@firm.example" in do("members", "list").stdout
    assert do("members", "session", stdin=link(1)).exit_code == 9
    assert do("members", "approve", member).stdout == f"{member}: active\n"
    mailbox.wait(2)
    assert do("members", "sign-in", "li@firm.example").exit_code == do("members", "sign-in", "nobody@firm.example").exit_code == 0
    firm = good(do("members", "session", "--json", stdin=link(3)))["session"]
    # the provider is invited by the operator
    invited = good(do("members", "invite", "gu@lab.example", "--name", "Gu", "--role", "provider", "--institution", "L1", "--json"))["id"]
    assert do("members", "remind", invited).exit_code == 0
    assert do("members", "accept", stdin=link(4)).exit_code == 9  # the earlier link opens no more
    assert good(do("members", "accept", "--json", stdin=link(5)))["state"] == "active"
    assert do("members", "sign-in", "gu@lab.example").exit_code == 0
    lab = good(do("members", "session", "--json", stdin=link(6)))["session"]
    # the firm posts, a reviewer returns it with a question, and accepts
    demand = good(do("demands", "draft", "-", "--json", key=firm, stdin=json.dumps(SAID)))["id"]
    assert do("demands", "show", demand).exit_code == 3  # a draft is not the operator's
    assert do("demands", "submit", demand, "--no-secrets", key=firm).exit_code == 0
    assert good(do("demands", "return", demand, "--question", "In line?", "--json"))["value"]["questions"] == ["In line?"]
    assert do("demands", "revise", demand, "-", key=firm, stdin=json.dumps(SAID | {"description": "In line, within 10 s."})).exit_code == 0
    assert do("demands", "submit", demand, "--no-secrets", key=firm).exit_code == 0
    assert do("demands", "accept", demand).exit_code == 0
    assert do("demands", "publish", demand, "--visibility", "confidential", key=firm).exit_code == 0
    # nobody else knows of it; a teaser says a little, and the provider asks by it
    assert do("demands", "show", demand, key=lab).exit_code == 3
    teaser = good(do("demands", "tease", demand, "--field", "thin coatings", "--json", key=firm))["value"]["teaser"]
    assert do("admissions", "ask", teaser, key=lab).exit_code == 2
    asked = good(do("admissions", "ask", teaser, "--confidential", "--json", key=lab))
    assert "owner" not in asked["value"] and "(told when it is granted)" in do("admissions", "list", key=lab).stdout
    assert do("demands", "show", teaser, key=lab).exit_code == 3
    assert do("admissions", "grant", asked["id"], key=lab).exit_code == 2
    assert do("admissions", "grant", asked["id"], key=firm).stdout == f"{asked['id']}: open; next: end\n"
    assert "In line, within 10 s." in do("demands", "show", teaser, key=lab).stdout
    who = do("admissions", "who", demand, key=firm).stdout
    assert who.startswith("Alfa Coatings GmbH: owner\nLambda Institute: let in, since 20")
    assert do("admissions", "who", demand, key=lab).exit_code == 3
    # the firm closes it, and gets the receipt
    closed = do("demands", "solve", demand, "--by", "L1", key=firm)
    assert closed.stdout.startswith(f"{demand}: solved\nLambda Institute: let in, since 20") and "who was let in" in closed.stderr
    events = [row["kind"] for row in good(do("admissions", "history", demand, "--json", key=firm))]
    assert events == ["ask", "grant"]
    assert good(do("journal", "verify", "--json"))["problems"] == []
    # and leaves
    assert do("members", "leave", key=firm).exit_code == 0 and do("demands", "list", key=firm).exit_code == 9
    assert good(do("members", "erase", member, "--json"))["name"] == ""
    assert b"li@firm.example" not in (tmp_path / "s.db").read_bytes()
