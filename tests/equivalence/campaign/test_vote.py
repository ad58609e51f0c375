"""Whom a difference is blamed on, where more forms than two are there to ask."""

from __future__ import annotations

import pytest

from memfold.devices.configuration import Configuration
from memfold.devices.pl031 import legacy
from memfold.devices.pl031.registers import Pl031
from memfold.equivalence.campaign.made import generated_trace
from memfold.equivalence.campaign.work import Work, perform
from memfold.harness.projects import named
from memfold.legacy.api import OldApi
from memfold.legacy.sysbus import SysBusDevice


def test_a_form_that_stands_alone_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    intact = legacy.attach

    def smaller(phys: OldApi, device: Pl031) -> SysBusDevice:
        dev = intact(phys, device)
        dev.mmio[0].size = 0x400
        return dev

    monkeypatch.setattr(legacy, "attach", smaller)
    project = named("versatilepb")
    work = Work.of(project, [generated_trace(project, 2011, 3000)], [])
    row = perform(Configuration.parse("versatilepb@fold[pl031=native]"), work, None)
    assert row.findings[0].vote == "2 of 3 forms agree: legacy is the odd one"
