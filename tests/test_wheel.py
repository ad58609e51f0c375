"""The wheel beside a user's own packages that are called legacy, newapi and shim."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
THEIRS = ("legacy", "newapi", "shim")
OWN = "print(*(__import__(name).OWNER for name in ('legacy', 'newapi', 'shim')))"
BOTH = """
import legacy, newapi, shim
import memfold.legacy, memfold.newapi, memfold.shim
print(legacy.OWNER, memfold.legacy.PhysMem.__module__, memfold.newapi.World.__module__)
"""


def output(*command: object) -> str:
    """What a command prints that succeeds, run from a folder that is none of ours."""
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False, cwd="/"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as hatchling builds it, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    (path,) = folder.glob("*.whl")
    return path


def test_the_wheel_holds_nothing_but_memfold(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"memfold"}
    for inside in ("legacy/physmem.py", "newapi/py.typed", "shim/claimmap.py", "golden/README.md"):
        assert f"memfold/{inside}" in names


def test_installing_and_uninstalling_touches_no_package_of_a_user(
    wheel: Path, tmp_path: Path
) -> None:
    output(sys.executable, "-m", "venv", "--without-pip", tmp_path)
    python = tmp_path / "bin" / "python"
    site = Path(output(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")[:-1])
    for name in THEIRS:
        (site / name).mkdir()
        (site / name / "__init__.py").write_text("OWNER = 'a user'\n")
    # What memfold needs is there already; memfold itself is not.
    (site / "needed.pth").write_text(f"{Path(pytest.__file__).parents[1]}\n")
    assert output(python, "-c", OWN) == "a user a user a user\n"
    before = files(site)

    pip = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
    output(*pip, "install", "--no-deps", "--no-index", "--no-compile", wheel)
    assert {path.split("/")[0].partition("-")[0] for path in files(site) - before} == {"memfold"}
    assert output(python, "-c", OWN) == "a user a user a user\n"
    assert output(python, "-c", BOTH) == "a user memfold.legacy.physmem memfold.newapi.view.world\n"
    replayed = output(tmp_path / "bin" / "memfold", "replay", "golden:cpus")
    assert replayed == "replayed 2 files, 58 ops: 0 differences, 0 intended\n"
    assert output(python, "-m", "memfold", "--version").startswith("memfold, version ")

    output(*pip, "uninstall", "--yes", "memfold")
    assert output(python, "-c", OWN) == "a user a user a user\n"
    assert files(site) == before


def files(site: Path) -> set[str]:
    """Every file below `site`, compiled ones aside."""
    found = (path for path in site.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {str(path.relative_to(site)) for path in found}
