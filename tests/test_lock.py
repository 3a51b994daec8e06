"""A folder belongs to one process at a time."""

import subprocess
import sys
from pathlib import Path

import pytest

from ioc.errors import ConfigError
from ioc.lock import held

HOLDER = """
import sys
from pathlib import Path
from ioc.lock import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_folder_is_held_by_one_and_let_go_at_its_death(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", HOLDER, str(tmp_path / "state")]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(ConfigError, match="another process uses"), held(tmp_path / "state"):
            pass
        holder.kill()
        holder.wait(10)
        with held(tmp_path / "state"):
            pass
    with held(tmp_path / "state"):
        pass


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigError, match=r"file.* cannot be used"), held(tmp_path / "file"):
        pass
