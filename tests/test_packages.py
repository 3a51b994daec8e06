"""The five import names are ours alone, and the built wheel works away from the checkout."""

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
NAMES = {"ioc", "collectors", "indicators", "dashboards", "simulators"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out], cwd=ROOT, check=True)
    [built] = out.glob("*.whl")
    return built


def test_import_names_belong_to_this_distribution_only() -> None:
    owners = packages_distributions()
    assert {name: set(owners.get(name, [])) - {"ioc-monitoring"} for name in NAMES} == {name: set() for name in NAMES}


def locked(kind: str) -> dict[str, str]:
    """The version of every library that a lock names."""
    text = (ROOT / f"requirements/{kind}.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", text, re.MULTILINE))


def test_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    run, dev = locked("run"), locked("dev")
    for lock, wanted in ((run, project["dependencies"]), (dev, project["optional-dependencies"]["dev"])):
        for requirement in map(Requirement, wanted):
            assert requirement.specifier.contains(lock[canonicalize_name(requirement.name)]), requirement
    assert dev.items() >= run.items(), "tests run with the very versions that are shipped"


def test_wheel_holds_the_five_packages_and_their_data(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == NAMES
    for needed in (
        "ioc/web/static/index.html",
        "indicators/catalogue/health.csv",
        "ioc/demo/routes.toml",
        "ioc/py.typed",
    ):
        assert needed in names


def test_installed_wheel_starts_from_another_directory(wheel: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv/bin/python"
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel], check=True)
    # The libraries of this environment, but not its editable install: PYTHONPATH reads no .pth files.
    environment = {**os.environ, "PYTHONPATH": sysconfig.get_path("purelib")}  # noqa: TID251
    for words, said in ((["version"], "ioc-monitoring"), (["check"], "ben-tre"), (["catalogue", "stats"], "1")):
        command = [tmp_path / "venv/bin/ioc", *words]
        run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        assert said in run.stdout
    where = [python, "-c", "import ioc, indicators; print(ioc.__file__, indicators.__file__)"]
    run = subprocess.run(where, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert str(ROOT) not in run.stdout
