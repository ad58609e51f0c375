"""The rows of a migration: which configurations prove each stage of the plan."""

from __future__ import annotations

from random import Random

from memfold.equivalence.configuration import Configuration, Migration, Stage, configure

__all__ = ["plan", "reference", "with_earlier"]


def reference(migration: Migration) -> Configuration:
    """Where the plan begins, which every other configuration is compared with."""
    return configure(migration, next(iter(migration.stages.values())), {})


def plan(migration: Migration, mixes: int, seed: int) -> list[Configuration]:
    """Every configuration that has to be equivalent, stage by stage.

    At each stage the pure ones (all components in one form), then, where forms mix, every change
    of form of a single component: from the oldest form, and at the last such stage also from the
    newest. Last `mixes` mixes of forms, reproducible from `seed`, the same at each such stage.
    """
    rows: list[Configuration] = []
    mixing = [stage for stage in migration.stages.values() if len(stage.forms) > 1]
    for stage in migration.stages.values():
        chosen = [configure(migration, stage, {"*": form}) for form in stage.forms]
        if len(stage.forms) > 1:
            bases = dict.fromkeys((stage.forms[0], stage.forms[-1 if stage is mixing[-1] else 0]))
            chosen += (
                configure(migration, stage, {"*": base, name: form})
                for base in bases
                for name in migration.components
                for form in migration.forms(stage, name)
                if form != base
            )
            chosen += _mixes(migration, stage, mixes, seed)
        # Where components lack a form, two ways of asking may give the same answer.
        rows += {str(row): row for row in chosen or [configure(migration, stage, {})]}.values()
    return rows


def with_earlier(configuration: Configuration) -> list[Configuration]:
    """The configuration, after the one at the first stage that allows its forms, if another."""
    migration = configuration.migration
    first = next(
        stage
        for stage in migration.stages.values()
        if set(configuration.forms.values()) <= set(stage.forms)
    )
    if first is configuration.stage:
        return [configuration]
    return [Configuration(migration, first, configuration.forms), configuration]


def _mixes(migration: Migration, stage: Stage, count: int, seed: int) -> list[Configuration]:
    """`count` different mixes of forms, or as many as the components allow."""
    rng = Random(f"{migration.name}/mixes/{seed}".encode(errors="surrogatepass"))
    each = {name: migration.forms(stage, name) for name in migration.components}
    possible = min(count, _number_of_mixes(stage, list(each.values())))
    chosen: dict[str, Configuration] = {}
    for _ in range(100 * possible):
        if len(chosen) == possible:
            break
        mix = configure(migration, stage, {name: rng.choice(forms) for name, forms in each.items()})
        if mix.is_mix:
            chosen[str(mix)] = mix
    return list(chosen.values())


def _number_of_mixes(stage: Stage, each: list[tuple[str, ...]]) -> int:
    """How many choices of forms there are in which more than one component stands out.

    Counted whole where that is little work; where it is not, there are more than anyone asks for.
    """
    total = 1
    for forms in each:
        total *= len(forms)
        if total > 1 << 12:
            return total // 2
    found = 0
    for number in range(total):
        chosen: list[str] = []
        for forms in each:
            number, at = divmod(number, len(forms))
            chosen.append(forms[at])
        found += len(chosen) - max(map(chosen.count, stage.forms), default=0) > 1
    return found
