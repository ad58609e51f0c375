"""A project with three components, of which `a` is wrong, `b` ends its process, `c` raises."""

from __future__ import annotations

from pathlib import Path

__all__ = ["written"]

TOML = """
name = "bomb"
subject = "%s:make"
[stages]
old = ["old"]
convert = ["old", "new"]
new = ["new"]
[components]
a = ["old", "new"]
b = ["old", "new"]
c = ["old", "new"]
[ops]
put = { args = { n = "int 0 9" }, facts = { result = "int" } }
go = { args = { n = "int 0 %d" }, facts = { result = "int" } }
take = { facts = { result = "int" } }
"""

CODE = """
import os

class Bomb:
    def __init__(self, forms):
        self.forms, self.sum, self.puts = forms, 0, 0

    def perform(self, step):
        n = step.args.get("n", 0)
        if step.op == "put":
            self.sum += n
            self.puts += 1
            if self.forms["a"] == "new" and self.puts > 2 and n == 7:
                return {"result": self.sum + 1}
        if step.op == "go" and n == 99 and self.forms["b"] == "new":
            os.kill(os.getpid(), 9)
        if step.op == "take":
            self.sum -= 1
            if self.forms["c"] == "new" and self.sum < 0:
                raise ValueError("empty")
        return {"result": self.sum}

def make(configuration, header):
    return Bomb(configuration.forms)
"""


def written(folder: Path, module: str, deadly: bool = False) -> Path:
    """The project in `folder`, whose module is called `module`; `deadly`: `b` shows."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "memfold.toml").write_text(TOML % (module, 99 if deadly else 9))
    (folder / f"{module}.py").write_text(CODE)
    return folder
