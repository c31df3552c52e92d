"""docker-compose.yml and Dockerfile: in the form of the Compose specification, without secrets, and in step with the settings.

The form is checked by ``compose-spec``, a parser of the specification; that the containers run is not tested here.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
from compose_spec import PyCompose

from api.settings import Settings
from tests.conftest import ROOT

TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
FILE: dict[str, Any] = PyCompose.from_yaml(TEXT).to_dict()


@pytest.mark.parametrize(
    ("good", "bad"),
    [("healthcheck:", "healthchecks:"), ("condition: service_healthy", "condition: soon"), ("interval: 10s", "interval: ten")],
)
def test_it_is_in_the_form_of_the_specification(good: str, bad: str) -> None:
    PyCompose.from_yaml(TEXT).validate()
    assert good in TEXT
    with pytest.raises(ValueError, match=r"healthchecks|soon|ten"):
        PyCompose.from_yaml(TEXT.replace(good, bad))


def test_there_is_no_default_password() -> None:
    passwords = re.findall(r"\$\{NEO4J_PASSWORD[^}]*\}", TEXT)
    assert passwords
    assert all(one.startswith("${NEO4J_PASSWORD:?") for one in passwords), "without one, nothing starts"
    assert re.search(r"^# NEO4J_PASSWORD=$", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)


def test_every_variable_of_dovetail_is_a_setting() -> None:
    known = {str(field.validation_alias or f"DOVETAIL_{name.upper()}") for name, field in Settings.model_fields.items()}
    told = set(FILE["services"]["dovetail"]["environment"]) | set(re.findall(r"DOVETAIL_\w+(?==)", DOCKERFILE))
    assert told <= known


def test_images_are_pinned_volumes_named_and_ports_closed_to_others() -> None:
    neo4j, dovetail = FILE["services"]["neo4j"], FILE["services"]["dovetail"]
    assert neo4j["image"].startswith("neo4j:5.26")
    assert dovetail["depends_on"]["neo4j"]["condition"] == "service_healthy"
    assert "healthcheck" in neo4j
    assert "HEALTHCHECK" in DOCKERFILE
    for service in (neo4j, dovetail):
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
        assert {volume.partition(":")[0] for volume in service["volumes"]} <= FILE["volumes"].keys()


def test_whoever_starts_the_image_alone_opens_nothing() -> None:
    assert "DOVETAIL_HOST" not in re.sub(r"^#.*$", "", DOCKERFILE, flags=re.MULTILINE)
    started = FILE["services"]["dovetail"]["environment"]
    assert (started["DOVETAIL_HOST"], started["DOVETAIL_BEHIND_PROXY"]) == ("0.0.0.0", "true")  # noqa: S104 - see its ports


def test_the_image_runs_as_nobody_in_particular_and_holds_what_is_needed() -> None:
    assert re.search(r"^USER (?!root)\w+$", DOCKERFILE, re.MULTILINE)
    copied = [name for line in re.findall(r"^COPY (.*)$", DOCKERFILE, re.MULTILINE) for name in line.split()[:-1]]
    assert all((ROOT / name).exists() for name in copied)
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
    assert {"graph", "ingest", "matcher", "desk", "leads", "api"} <= {name.split(".")[0] for name in packages} <= set(copied)
    let_in = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE))
    assert set(copied) == let_in
