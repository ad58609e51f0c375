"""The commands that show something: map, walk, status, diff."""

from __future__ import annotations

import click

from memfold.devices.boards import BOARDS
from memfold.devices.configuration import Configuration
from memfold.equivalence.subject import map_of
from memfold.errors import BadInput
from memfold.harness.commands.names import CONFIG, DEVICE
from memfold.harness.commands.options import address, answer, json_option
from memfold.harness.projects import somewhere
from memfold.harness.show import draw, draw_map
from memfold.harness.show.conversion import conversion
from memfold.harness.show.draw_walk import Walked, walked
from memfold.harness.show.status import Status
from memfold.harness.show.status import status as status_of
from memfold.harness.subjects.machine_subject import MachineSubject

__all__ = ["diff", "map_", "status", "walk"]


@click.command()
@click.argument("name", metavar="[NAME|CONFIG]", required=False, type=CONFIG)
@json_option
def status(name: str | None, as_json: bool) -> int:
    """Show where a migration stands in its plan, and what blocks the next stages.

    A name alone stands for the first stage at which forms mix.
    """
    answer(as_json, draw.status, Status.json, status_of(*somewhere(name)))
    return 0


@click.command()
@click.argument("device", type=DEVICE)
@json_option
def diff(device: str, as_json: bool) -> int:
    """Show a device's conversion: its forms, and their callbacks side by side."""
    its = conversion(device)
    answer(as_json, draw.conversion, draw.conversion_json, its)
    return 0


@click.command("map")
@click.argument("name", metavar="[NAME|CONFIG]", required=False, type=CONFIG)
@click.option("--explain", metavar="ADDR", help="Who answers at an address, and why nobody else.")
@click.option("--conflicts", is_flag=True, help="Who overlaps whom, declared or not, who wins.")
@click.option("--dead", is_flag=True, help="What is mapped, but visible nowhere.")
@click.option(
    "--format", "form", type=click.Choice(["mtree", "flat", "json"]), help="The tree, or its view."
)
@click.option("--disabled", is_flag=True, help="With --format mtree: disabled regions too.")
@json_option
def map_(
    name: str | None,
    explain: str | None,
    conflicts: bool,
    dead: bool,
    form: str | None,
    disabled: bool,
    as_json: bool,
) -> None:
    """Print the memory map of a machine, or what its region tree can tell.

    A name alone stands for the first stage at which forms mix.
    """
    if sum((explain is not None, conflicts, dead, form is not None)) > 1:
        raise click.UsageError("expected one of --explain, --conflicts, --dead and --format")
    if (disabled and form != "mtree") or (as_json and form is not None):
        raise click.UsageError("--disabled goes with --format mtree, --json with no --format")
    project, its = somewhere(name)
    subject = project.subject(its, {})
    if explain is None and not conflicts and not dead and form is None:
        rows = map_of(subject)
        if rows is None:
            raise BadInput(f"{its} has no map to show", "a project whose subjects have `map`")
        answer(as_json, draw_map.rows, draw_map.rows_json, rows)
        return
    if not isinstance(subject, MachineSubject):
        raise BadInput(f"{its} has no region tree", f"one of {', '.join(BOARDS)}")
    machine = subject.machine
    if explain is not None:
        found = draw_map.explain(machine, address("--explain", explain))
        answer(as_json, draw_map.explanation, draw_map.explanation_json, found)
    elif conflicts:
        answer(as_json, draw_map.conflicts, draw_map.conflicts_json, machine.space)
    elif dead:
        answer(as_json, draw_map.dead, draw_map.dead_json, machine.space.world)
    elif form is not None:
        click.echo(draw_map.text(machine.space.world, form, disabled), nl=False)


@click.command()
@click.argument("configuration", metavar="CONFIG", type=CONFIG)
@click.argument("where", metavar="[ADDR]", required=False)
@json_option
def walk(configuration: str, where: str | None, as_json: bool) -> None:
    """Follow one write of 4 bytes through a machine: each function it enters, in order.

    Without ADDR it goes to a register of a serial port.
    """
    addr = None if where is None else address("ADDR", where)
    answer(as_json, Walked.draw, Walked.json, walked(Configuration.parse(configuration), addr))
