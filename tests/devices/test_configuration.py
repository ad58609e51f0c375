"""The configuration grammar: what it names, and what it says about a name that does not exist."""

from __future__ import annotations

import pytest

from memfold.devices.boards import BOARDS
from memfold.devices.configuration import Configuration, ConfigurationError
from memfold.devices.stages import STAGES

DEVICES = [slot.name for slot in BOARDS["versatilepb"].slots]


def test_a_stage_gives_every_device_its_default_form() -> None:
    for stage in STAGES.values():
        configuration = Configuration.parse(f"versatilepb@{stage.name}")
        assert dict(configuration.forms) == dict.fromkeys(DEVICES, stage.forms[0])


def test_forms_are_given_one_by_one_or_for_all_others() -> None:
    one = Configuration.parse("versatilepb@convert[pl031=native,sp804=bridged]")
    assert one.forms["pl031"] == "native"
    assert one.forms["sp804"] == "bridged"
    assert one.forms["pl190"] == "legacy"
    rest = Configuration.parse("versatilepb@fold[*=native,pl031=legacy]")
    assert rest.forms["pl031"] == "legacy"
    assert {form for name, form in rest.forms.items() if name != "pl031"} == {"native"}


@pytest.mark.parametrize(
    "text",
    [
        "versatilepb@legacy",
        "versatilepb@convert[sp804=bridged,pl031=native]",
        "versatilepb@fold[*=native,pl031=legacy]",
        "versatilepb@fold[*=bridged]",
        "versatilepb@remove",
    ],
)
def test_printing_and_parsing_are_inverse(text: str) -> None:
    assert str(Configuration.parse(text)) == text


def test_empty_brackets_change_nothing() -> None:
    assert str(Configuration.parse("versatilepb@fold[]")) == "versatilepb@fold"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "versatilepb",
            "'versatilepb' is not a configuration; expected board@stage[device=form,...]",
        ),
        (
            "versatilepb@fold[pl031=native",
            "'versatilepb@fold[pl031=native' is not a configuration; "
            "expected board@stage[device=form,...]",
        ),
        ("amiga@fold", f"unknown board 'amiga'; expected one of {', '.join(BOARDS)}"),
        (
            "versatilepb@folded",
            "unknown stage 'folded'; expected one of legacy, shim, convert, fold, remove",
        ),
        (
            "versatilepb@fold[pl99=native]",
            f"unknown device 'pl99' on versatilepb; expected one of {', '.join(DEVICES)}",
        ),
        (
            "versatilepb@fold[pl031=nativ]",
            "unknown form 'nativ' at stage fold; expected one of legacy, bridged, native",
        ),
        (
            "versatilepb@legacy[pl031=native]",
            "unknown form 'native' at stage legacy; expected one of legacy",
        ),
        (
            "versatilepb@fold[pl031]",
            "'versatilepb@fold[pl031]': 'pl031' gives no form; expected device=form",
        ),
        (
            "versatilepb@fold[pl031=native,pl031=legacy]",
            "'versatilepb@fold[pl031=native,pl031=legacy]': device 'pl031' has two forms; "
            "expected one",
        ),
    ],
)
def test_a_name_that_does_not_exist_says_what_does(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Configuration.parse(text)
    assert str(caught.value) == message


def test_forms_in_short() -> None:
    def short(text: str) -> str:
        return Configuration.parse(text).forms_text()

    assert short("versatilepb@remove") == "all native"
    assert short("versatilepb@convert[pl031=native]") == "legacy, pl031=native"
