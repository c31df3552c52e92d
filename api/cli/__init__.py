"""``dovetail``: the command line. In: arguments and files. Out: results on stdout, messages and progress on stderr, an exit code.

Each command is a small module that imports what it needs when it runs, so that ``dovetail --help`` answers at once.
"""

from __future__ import annotations

import click

from api.cli.backup import backup, restore
from api.cli.copy import copy
from api.cli.coverage import coverage
from api.cli.doctor import doctor
from api.cli.evaluate import evaluate
from api.cli.evidence import evidence
from api.cli.frame import EXIT_CODES, Frame, lang_option
from api.cli.ingest import index, ingest
from api.cli.leads import leads
from api.cli.match import match
from api.cli.merges import merges
from api.cli.people.admissions import admissions
from api.cli.people.contacts import contacts
from api.cli.people.demands import demands
from api.cli.people.files import files
from api.cli.people.journal import journal
from api.cli.people.keys import keys
from api.cli.people.members import members
from api.cli.people.person import person
from api.cli.serve import serve
from api.cli.show import show
from api.cli.trust import trust
from graph.language import _


def _version(context: click.Context, _option: click.Parameter, value: bool) -> None:
    if value:
        from api.version import VERSION

        click.echo(_("dovetail {version}", version=VERSION))
        context.exit()


@click.group("dovetail", cls=Frame, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version and exit.")
@lang_option
def main() -> None:
    """Find partners in a graph of institutions, results, problems and people, with the reasons for each.

    \b
    Start here:
      dovetail ingest examples/centre
      dovetail match "low-temperature sintering of silver paste"
    """


_COMMANDS = (
    ingest, index, match, trust, evidence, show, merges, demands, leads, admissions, files, contacts, person, members, keys, journal,
    coverage, copy, backup, restore, evaluate, doctor, serve,
)  # fmt: skip
for _command in _COMMANDS:
    main.add_command(_command)

__all__ = ["main"]
