"""``dovetail jobs``: the files that were handed in to a service, and what came of each."""

from __future__ import annotations

import click

from api.cli.output import emit_json
from api.cli.people.door import Door, acting
from api.cli.people.lines import tell_fields
from api.cli.words import Group
from graph.language import _


@click.group(cls=Group)
def jobs() -> None:
    """Show the files that were handed in to a service to be read, and what came of each."""


@jobs.command(
    "list",
    epilog="""\b
Examples:
  dovetail jobs list
""",
)
@acting("ingest")
def list_(door: Door) -> None:
    """List the jobs that are yours to see, the last moved last."""
    import msgspec

    from desk.jobs.jobs import Jobs

    found = list(Jobs(door.store).listed(door.actor))
    if door.as_json:
        emit_json([msgspec.to_builtins(one) for one in found])
        return
    for one in found:
        share = f"{one.progress.share:.0%}" if one.progress else ""
        click.echo(f"{one.id}  {one.at[:19]}Z  {one.value['state']:<9}  {share}  {one.value['source']}  {one.name}")


@jobs.command(
    epilog="""\b
Examples:
  dovetail jobs show 4f1c2a9b7d30
"""
)
@click.argument("id")
@acting("ingest")
def show(door: Door, id: str) -> None:
    """Show the job ID: how far it is, or what came of its rows, and where its rows to mend lie."""
    import msgspec

    from desk.jobs.jobs import Jobs

    jobs = Jobs(door.store)
    one = jobs.show(door.actor, id)
    if door.as_json:
        emit_json(msgspec.to_builtins(one))
        return
    value = one.value
    told = {name: value.get(name) for name in ("state", "source", "owner", "size", "submitted", "since", "reason", "unindexed")}
    rejects = {"rejects": jobs.rejects(door.actor, id)} if one.has_rejects else {}
    click.echo(_("{id}: {name}", id=id, name=one.name or _("(kept apart)")))
    tell_fields(told | dict(value.get("counts") or {}) | ({"share": one.progress.share} if one.progress else {}) | rejects)
