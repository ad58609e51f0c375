"""PL110 display controller: one window, one interrupt, a frame buffer anywhere in RAM."""

from memfold.devices.device import DeviceType, Picture, Registers, Surroundings
from memfold.devices.pl110.registers import ANSWERS, Pl110
from memfold.devices.pl110.screen import FrameBuffer, Screen


def picture(registers: Registers, around: Surroundings) -> Picture:
    """The screen; its frame buffer is found by the API that the device's form is written for."""
    assert isinstance(registers, Pl110)  # what `make` made
    buffer: FrameBuffer
    if around.form == "native":
        from memfold.devices.pl110.native import RegionFrameBuffer

        assert around.space is not None  # a stage that allows regions has a tree
        buffer = RegionFrameBuffer(around.space)
    else:
        from memfold.devices.pl110.legacy import OldFrameBuffer

        assert around.old is not None  # a stage that allows its callbacks has an old API
        buffer = OldFrameBuffer(around.old, around.page_size)
    return Screen(registers, buffer)


DEVICE = DeviceType(
    name="pl110",
    package=__name__,
    size=0x1000,
    irqs=1,
    make=lambda wiring: Pl110(wiring.clock, wiring.irqs[0]),
    answers=ANSWERS,
    picture=picture,
)
