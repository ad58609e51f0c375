"""The command that says how good a harness is: bugs are planted, one at a time, and looked for."""

from __future__ import annotations

import os
from pathlib import Path

import click

from memfold.equivalence.mutants.judge import Judge
from memfold.equivalence.mutants.matrix import Matrix
from memfold.errors import BadInput
from memfold.harness.commands.names import NAME
from memfold.harness.commands.options import answer, json_option, steps_options
from memfold.harness.mutants import chosen, judging, tenth
from memfold.harness.show import mutants as show

__all__ = ["mutants"]


@click.command()
@click.argument("name", metavar="[NAME]", required=False, type=NAME)
@click.option("--only", metavar="ID", multiple=True, help="These mutants alone.")
@click.option("--tenth", "part", is_flag=True, help="A tenth of them, chosen by the seed.")
@steps_options
@click.option("--jobs", default=0, type=click.IntRange(0), help="Processes; 0: one a core.")
@click.option(
    "--timeout",
    default=20.0,
    show_default=True,
    type=click.FloatRange(0.1),
    help="Seconds without a word after which a mutant counts as hung.",
)
@click.option("--every", is_flag=True, help="Ask every check, also when one has killed it.")
@click.option(
    "--svg",
    "picture",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw the kill matrix to this file.",
)
@click.option("-v", "--verbose", is_flag=True, help="Tell what gave each mutant away.")
@json_option
def mutants(
    name: str | None,
    only: tuple[str, ...],
    part: bool,
    ops: int,
    seed: int,
    jobs: int,
    timeout: float,
    every: bool,
    picture: Path | None,
    verbose: bool,
    as_json: bool,
) -> int:
    """Plant known bugs, one at a time, and say which check finds each: the kill matrix.

    Those of the working folder's project ([[mutant]] in its memfold.toml), else memfold's own.
    Nothing is written to the sources. Exit 1 when one survives: its check is missing.
    """
    project, found = chosen(name)
    known = {each.id: each for each in found}
    for each in only:
        if each not in known:
            raise BadInput(f"no mutant {each!r} of {project}", f"one of {', '.join(known)}")
    picked = [known[each] for each in dict.fromkeys(only)] if only else found
    if part:
        picked = tenth(picked, seed)
    judge = Judge(judging(project, picked, ops, seed, timeout, every))
    matrix = Matrix(project, [], len(picked))
    progress = show.Progress(len(picked))
    try:
        for matrix in judge.run(project, picked, jobs or os.cpu_count() or 1, progress.tell):
            progress.close()
            if picture is not None:
                picture.write_text(show.svg(matrix), encoding="utf-8")
            answer(as_json, lambda its: show.matrix(its, verbose), Matrix.json, matrix)
    finally:
        progress.close()
        judge.close()
    return 0 if matrix.perfect else 1
