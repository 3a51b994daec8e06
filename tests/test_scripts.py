"""The scripts answer mistakes in words."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*words: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_secrets_renewing_what_is_not_there_names_what_is(tmp_path: Path) -> None:
    assert run("scripts/secrets", "--into", str(tmp_path), "--keep-owner").returncode == 0
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}
    shown = run("scripts/secrets", "--into", str(tmp_path), "--keep-owner", "--renew", "mqtt-engin")
    assert shown.returncode == 1
    assert "mqtt-engine" in shown.stderr
    assert "Traceback" not in shown.stderr
    assert before == {path.name: path.read_text() for path in tmp_path.iterdir()}


def test_screenshot_without_a_console_says_so(tmp_path: Path, free_port: int) -> None:
    shown = run("scripts/screenshot", f"http://127.0.0.1:{free_port}/", str(tmp_path / "wall.png"))
    assert shown.returncode == 1
    assert "ERR_CONNECTION_REFUSED" in shown.stderr
    assert "Traceback" not in shown.stderr


PIP = """\
#!/bin/sh
# In the place of an environment's Python: notes what it is asked, and fails at the word in `fails`.
here=$(dirname "$0")
printf '%s\\n' "$*" >> "$here/../../asked"
case "$*" in *"$(cat "$here/../../fails")"*) echo "ERROR: connection broken" >&2; exit 1 ;; esac
"""
PYTHON = f"""\
#!/bin/sh
# In the place of Debian's Python: its `-m venv --clear FOLDER` makes an environment with the other one.
[ "$1" = --version ] && echo "Python 3.11.2"
[ "$2" = venv ] || exit 0
rm -rf "$4"; mkdir -p "$4/bin"; echo made >> made
cat > "$4/bin/python" <<'END'
{PIP}END
chmod +x "$4/bin/python"
"""
NEVER = "nothing fails at this"


class Clone:
    """A folder with `scripts/setup`, and programs that only pretend."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("scripts", "requirements"):
            shutil.copytree(ROOT / folder, root / folder)
        (root / "pyproject.toml").write_text("x", encoding="utf-8")
        (root / "python").write_text(PYTHON, encoding="utf-8")
        (root / "python").chmod(0o755)
        (root / "asked").touch()
        (root / "made").touch()

    def setup(self, kind: str = "dev", *, fails: str = NEVER, **environment: str) -> subprocess.CompletedProcess[str]:
        (self.root / "fails").write_text(fails, encoding="utf-8")
        given = {"PATH": os.defpath, "PYTHON": str(self.root / "python")} | environment
        return subprocess.run(
            [self.root / "scripts/setup", kind], env=given, capture_output=True, text=True, timeout=20, check=False
        )

    @property
    def environments(self) -> int:
        """How many were made so far."""
        return len((self.root / "made").read_text(encoding="utf-8").splitlines())

    def installs(self) -> list[str]:
        """What pip was asked to install since the last call."""
        lines = (self.root / "asked").read_text(encoding="utf-8").splitlines()
        (self.root / "asked").write_text("", encoding="utf-8")
        return [line for line in lines if " install " in line]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "Trung tâm điều hành")


def test_setup_installs_once_and_is_then_silent(clone: Clone) -> None:
    assert clone.setup().returncode == 0
    assert len(clone.installs()) == 3
    again = clone.setup()
    assert (again.returncode, again.stderr, clone.installs(), clone.environments) == (0, "", [], 1)


def test_setup_for_tests_serves_the_demo_too_but_not_the_other_way(clone: Clone) -> None:
    clone.setup("dev")
    clone.installs()
    assert clone.setup("run").stderr == ""
    (clone.root / "pyproject.toml").write_text("y", encoding="utf-8")
    clone.setup("run")
    assert any("requirements/run.txt" in line for line in clone.installs())
    clone.setup("dev")
    assert any("requirements/dev.txt" in line for line in clone.installs())


@pytest.mark.parametrize("step", ["build.txt", "dev.txt", "-e ."])
def test_setup_that_fails_says_so_and_starts_from_scratch_next_time(clone: Clone, step: str) -> None:
    shown = clone.setup(fails=step)
    assert shown.returncode == 1
    assert "connection broken" in shown.stderr
    assert "check the network" in shown.stderr
    assert clone.setup().returncode == 0
    assert clone.environments == 2
    assert clone.setup().stderr == ""


def test_setup_in_a_clone_that_was_moved_makes_the_environment_anew(clone: Clone) -> None:
    clone.setup()
    clone.root = clone.root.rename(clone.root.with_name("elsewhere"))
    assert clone.setup().returncode == 0
    assert clone.environments == 2


def test_setup_notices_an_environment_whose_python_is_gone(clone: Clone) -> None:
    clone.setup()
    (clone.root / ".venv/bin/python").unlink()
    assert clone.setup().returncode == 0
    assert clone.environments == 2


def test_setup_without_python_says_what_to_install(clone: Clone) -> None:
    nothing = clone.root / "bin"
    nothing.mkdir()
    for name in ("bash", "cat", "cut", "dirname", "env", "flock", "sha256sum"):
        (nothing / name).symlink_to(str(shutil.which(name)))
    text = (clone.root / "scripts/setup").read_text(encoding="utf-8").replace("/usr/bin/python", "/nowhere/python")
    (clone.root / "scripts/setup").write_text(text, encoding="utf-8")
    shown = clone.setup(PATH=str(nothing), PYTHON="")
    assert shown.returncode == 1
    assert "apt-get install python3 python3-venv" in shown.stderr


APT = """\
#!/bin/sh
# Pretends to be apt-get: its first `bad` runs fail.
echo "$*" >> "$0.asked"
[ "$(wc -l < "$0.asked")" -gt "$(cat "$0.bad")" ]
"""


@pytest.mark.parametrize(("bad", "code", "asked"), [(0, 0, 2), (1, 0, 3), (3, 0, 5), (99, 1, 4)])
def test_packages_are_asked_for_again_a_bounded_number_of_times(
    tmp_path: Path, bad: int, code: int, asked: int
) -> None:
    apt = stub(tmp_path / "apt-get", APT)
    stub(tmp_path / "dpkg", "#!/bin/sh\n")
    (tmp_path / "apt-get.bad").write_text(str(bad), encoding="utf-8")
    environment = {"PATH": f"{tmp_path}:{os.defpath}", "IOC_APT_PAUSE": "0"}
    shown = run(str(ROOT / "scripts/apt"), "mosquitto", environment=environment)
    assert shown.returncode == code
    assert len(apt.with_name("apt-get.asked").read_text(encoding="utf-8").splitlines()) == asked
    assert ("apt-get failed 4 times: mosquitto" in shown.stderr) is bool(code)


def test_missing_servers_are_named_once_each_to_an_ordinary_user(tmp_path: Path) -> None:
    for name in ("bash", "sort", "paste", "dirname", "openssl", "strace"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    stub(tmp_path / "id", "#!/bin/sh\necho 1000\n")
    text = (ROOT / "scripts/servers").read_text(encoding="utf-8").replace(":/usr/sbin:/sbin", "")
    script = stub(tmp_path / "servers", text)
    shown = run("/bin/bash", str(script), environment={"PATH": str(tmp_path)})
    assert shown.returncode == 1
    assert (
        "sudo apt-get install chromium faketime influxdb mosquitto mosquitto-clients prometheus prometheus-alertmanager"
        " systemd victoria-metrics\n" in shown.stderr
    )


def stub(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def test_tests_may_mount_a_disk_whoever_runs_them(tmp_path: Path) -> None:
    words = ["mount", "-t", "tmpfs", "tmpfs", str(tmp_path)]
    shown = run("scripts/alone", "unshare", "--mount", *words)
    assert shown.returncode == 0, shown.stderr
