"""docker-compose.yml and Dockerfile, read as a machine would read them; Docker itself is not needed."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from ioc.cli import app
from ioc.deploy import layout, walls
from ioc.deploy.influx2 import Target
from ioc.settings import PREFIX, load
from tests.deploy.tools import CONFIG, ROOT, make_secrets, run

ONE_SHOT = {"influx-init", "grafana-init"}
SIZES = re.compile(r"\d+[mg]")
IMAGE = re.compile(r"[a-z0-9./-]+:v?\d+\.\d+\.\d+(-alpine)?")
FILES = ("docker-compose.yml", "docker-compose.influx1.yml")


@pytest.fixture(scope="module", params=[1, 2], ids=["influx2", "influx1"])
def stack(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The first file, or both laid over each other as compose does it."""
    merged: dict[str, Any] = {}
    for name in FILES[: request.param]:
        text = (ROOT / name).read_text(encoding="utf-8")
        text = re.sub(r"(?<!\$)\$\{[A-Z_]+:-([^}]*)\}", r"\1", text)
        merged = laid_over(merged, YAML(typ="safe", pure=True).load(text))
    return merged


def laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Tables key by key; volumes, secrets, networks and ports together; anything else from above."""
    merged = dict(below)
    for key, value in above.items():
        has = below.get(key)
        if isinstance(has, dict) and isinstance(value, dict):
            merged[key] = laid_over(has, value)
        elif isinstance(has, list) and key in {"volumes", "secrets", "networks", "ports"}:
            merged[key] = [*has, *value]
        else:
            merged[key] = value
    return merged


@pytest.mark.parametrize("file", FILES)
def test_file_obeys_the_compose_specification(file: str) -> None:
    argv = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", file]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_specification_refuses_a_misspelt_key(tmp_path: Path) -> None:
    path = tmp_path / "bad.yml"
    path.write_text("services: {a: {image: b, heathcheck: {}}}", encoding="utf-8")
    argv = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", path]
    assert subprocess.run(argv, capture_output=True, timeout=60, check=False).returncode == 1


def test_every_service_is_hardened(stack: dict[str, Any]) -> None:
    for name, one in stack["services"].items():
        assert one["read_only"] is True, name
        assert one["cap_drop"] == ["ALL"], name
        assert "cap_add" not in one, name
        assert "no-new-privileges:true" in one["security_opt"], name
        assert not one.get("privileged"), name
        assert one["pids_limit"], name
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", one["user"]), name
        assert IMAGE.fullmatch(one["image"]), name
        assert name in ONE_SHOT or SIZES.fullmatch(one["mem_limit"]), name


def test_every_lasting_service_is_watched(stack: dict[str, Any]) -> None:
    for name, one in stack["services"].items():
        from_image = one["image"].startswith("ioc-monitoring")
        assert "healthcheck" in one or from_image or name in ONE_SHOT, name


def test_every_port_is_on_loopback(stack: dict[str, Any]) -> None:
    ports = [port for one in stack["services"].values() for port in one.get("ports", ())]
    assert len(ports) >= 5
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port) for port in ports)


def test_no_service_publishes_plain_mqtt_or_the_database(stack: dict[str, Any]) -> None:
    inner = {port.rsplit(":", 1)[1] for one in stack["services"].values() for port in one.get("ports", ())}
    assert not inner & {"1883", "8086"}


def test_only_who_publishes_ports_stands_outside(stack: dict[str, Any]) -> None:
    assert stack["networks"]["inside"] == {"internal": True}
    for name, one in stack["services"].items():
        assert ("edge" in one["networks"]) == bool(one.get("ports")), name


def test_dependencies_lead_to_services_and_wait_for_health(stack: dict[str, Any]) -> None:
    for name, one in stack["services"].items():
        for other, how in one.get("depends_on", {}).items():
            assert other in stack["services"], name
            assert (how["condition"] == "service_completed_successfully") == (other in ONE_SHOT), (name, other)
            assert not stack["services"][other].get("profiles"), f"{name} needs a service of a profile"


def test_engine_does_not_wait_for_the_database(stack: dict[str, Any]) -> None:
    assert set(stack["services"]["engine"]["depends_on"]) == {"mosquitto"}


def test_everything_mounted_is_there(stack: dict[str, Any]) -> None:
    for name, source, target, mode in mounts(stack):
        if source.startswith("."):
            assert (ROOT / source).exists(), f"{name}: {source}"
            assert mode == "ro", f"{name}: {source}"
            assert (ROOT / source).is_dir() == ("." not in Path(target).name.removesuffix(".d")), f"{name}: {target}"
        else:
            assert source in stack["volumes"], name
    assert set(stack["volumes"]) == {source for _, source, _, _ in mounts(stack) if not source.startswith(".")}


def test_every_secret_is_made_by_the_script_and_has_an_example(stack: dict[str, Any], tmp_path: Path) -> None:
    made = {path.name for path in make_secrets(tmp_path / "s", "--demo").iterdir()}
    used = {name for one in stack["services"].values() for name in one.get("secrets", ())}
    assert used == set(stack["secrets"])
    assert used <= made
    for name, one in stack["secrets"].items():
        assert one == {"file": f"./config/secrets/{name}"}
        assert (CONFIG / f"secrets/{name}.example").exists(), name


def test_no_secret_is_committed() -> None:
    done = subprocess.run(
        ["git", "check-ignore", "config/secrets/mqtt-engine", "config/secrets/mosquitto-key.pem", ".env"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert len(done.stdout.splitlines()) == 3
    shown = subprocess.run(["git", "check-ignore", "config/secrets/mqtt-engine.example"], cwd=ROOT, check=False)
    assert shown.returncode == 1, "examples are kept"


@pytest.mark.parametrize("name", ["engine", "influx-init"])
def test_settings_of_the_engine_are_known(stack: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    service = stack["services"][name]
    given = {key: str(value) for key, value in service["environment"].items() if value is not None}
    given |= {key: "1741734000000000" for key in service["environment"] if key.endswith(("START", "BEGAN"))}
    for key, value in given.items():
        assert key.startswith(PREFIX)
        monkeypatch.setenv(key, value)
    settings = load()
    with_passwords = "influx1" in stack["volumes"]
    assert settings.influx.api == ("v1" if with_passwords else "v2")
    assert settings.influx.url == "http://influxdb:8086"
    if name == "engine":
        wanted = layout.load(CONFIG / "influxdb/layout.toml", Path("/run/secrets"))
        target = Target("ioc", "ioc", "ioc")
        kept = {one.name: one.name if with_passwords else target.bucket_of(wanted, one) for one in wanted.policy}
        assert (settings.influx.daily, settings.influx.calendar) == (kept["daily"], kept["calendar"])
    if name == "engine":
        assert settings.mqtt.tls is not None
        assert settings.mqtt.port == 8883
        assert settings.influx.enabled
        assert settings.clock.start == 1741734000000000
        inside = targets(service)
        for path in (settings.mqtt.password_file, settings.mqtt.tls.ca_file, settings.notify.webhook.secret_file):
            assert str(path) in inside
        for path in (settings.journal.directory, settings.state.directory, settings.influx.token_file):
            assert any(path.is_relative_to(folder) for folder in inside), path
        told = (settings.notify.officials, settings.notify.routes, settings.incidents.offices, settings.alerting.rules)
        for path in (*told, settings.web.operator_token_file):
            assert str(path) in inside
        if with_passwords:
            assert settings.influx.username == "ioc"
            assert str(settings.influx.password_file) in inside


def test_file_for_the_demonstration_sets_what_the_engine_passes_on(stack: dict[str, Any]) -> None:
    rows = [line for line in (CONFIG / "demo.env").read_text().splitlines() if line and not line.startswith("#")]
    environment = stack["services"]["engine"]["environment"]
    assert {row.split("=")[0] for row in rows} | {"IOC__CLOCK__BEGAN"} == {
        key for key, value in environment.items() if value is None
    }


def test_simulators_are_called_with_options_that_they_have(stack: dict[str, Any]) -> None:
    service = stack["services"]["simulators"]
    assert service["profiles"] == ["demo"]
    said = CliRunner().invoke(app, ["simulate", "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"}).output
    for word in service["command"][1:]:
        assert word.partition("=")[0] in said, word


def test_layout_of_the_database_finds_its_secrets(stack: dict[str, Any]) -> None:
    service = stack["services"]["influx-init"]
    wanted = layout.load(CONFIG / "influxdb/layout.toml", Path("/run/secrets"))
    inside = targets(service)
    needed = [one.password_file for one in wanted.account if one.token_file is None]
    assert {str(path) for path in [*needed, wanted.admin.password_file, wanted.admin.token_file]} <= inside
    writer = next(one for one in wanted.account if one.token_file)
    assert ("influx1" in stack["volumes"]) == (str(writer.password_file) in inside)
    assert str(writer.token_file) == stack["services"]["engine"]["environment"]["IOC__INFLUX__TOKEN_FILE"]
    assert "tokens:/var/lib/ioc-tokens:ro" in stack["services"]["engine"]["volumes"]


def test_walls_to_apply_are_well_formed() -> None:
    assert walls.load(CONFIG / "grafana/walls.ben-tre.json").folders


def test_prometheus_scrapes_services_of_the_stack(stack: dict[str, Any]) -> None:
    rows = [
        target
        for file in (CONFIG / "prometheus/targets/compose").iterdir()
        for row in YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
        for target in row["targets"]
    ]
    assert {row.split(":")[0] for row in rows} <= set(stack["services"])


def test_data_sources_are_those_of_the_walls_and_read_mounted_secrets(stack: dict[str, Any]) -> None:
    shipped, generated = (
        YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))["datasources"]
        for path in (CONFIG / "grafana/datasources/ioc.yaml", ROOT / "dashboards/provisioning/datasources/ioc.yaml")
    )
    assert {(one["uid"], one["type"]) for one in generated} <= {(one["uid"], one["type"]) for one in shipped}
    inside = targets(stack["services"]["grafana"])
    for one in shipped:
        assert one["url"].removeprefix("http://").split(":")[0] in stack["services"]
        for file in re.findall(r"\$__file\{(.+?)\}", str(one.get("secureJsonData", ""))):
            assert file in inside
            assert file.removeprefix("/run/secrets/grafana-") == one["user"]


def test_image_is_built_in_stages_without_root_and_by_hash() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    stages = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert len(stages) == 2
    assert all(IMAGE.match(stage) and stage.endswith("-slim-bookworm") for stage in stages)
    final = text.rsplit("\nFROM", 1)[1]
    assert re.findall(r"^USER (.+)", final, re.MULTILINE) == ["10001:10001"]
    assert "pip install" not in final
    assert "apt-get" not in text
    assert all(
        "--require-hashes" in line or "--no-index" in line for line in text.splitlines() if "pip install" in line
    )
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"image: ioc-monitoring:{version}" in (ROOT / "docker-compose.yml").read_text(encoding="utf-8")


def test_image_copies_what_the_ignore_file_lets_in() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    sources = {word for line in re.findall(r"^COPY (?!--)(.+) \S+$", text, re.MULTILINE) for word in line.split()}
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {line[1:] for line in ignored if line.startswith("!")} == sources
    assert "*" in ignored
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(packages["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) <= sources


def mounts(stack: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for name, one in stack["services"].items():
        for volume in one.get("volumes", ()):
            source, target, *mode = volume.split(":")
            yield name, source, target, *(mode or ["rw"])


def targets(service: dict[str, Any]) -> set[str]:
    """Every path that a service has mounted."""
    return {f"/run/secrets/{name}" for name in service.get("secrets", ())} | {
        volume.split(":")[1] for volume in service.get("volumes", ())
    }


def test_database_of_the_1x_variant_listens_where_the_engine_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "docker-compose.influx1.yml").read_text(encoding="utf-8")
    service = YAML(typ="safe", pure=True).load(text)["services"]["influxdb"]
    for key, value in service["environment"].items():
        monkeypatch.setenv(key, value)
    shown = run("influxd", "config", "-config", CONFIG / "influxdb/influxdb.debian.conf").stdout
    http = shown.partition("[http]")[2].partition("\n[")[0]
    assert 'bind-address = ":8086"' in http
    assert "auth-enabled = true" in http
    assert f"{CONFIG}/influxdb/influxdb.debian.conf".endswith(service["volumes"][0].split(":")[0].removeprefix("."))
