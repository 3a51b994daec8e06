"""The composition root: what it does when a part, a file or the catalogue is not as it was."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from ioc.app import Centre, _eternal
from ioc.errors import ConfigError, PermanentError
from ioc.model import Severity
from ioc.settings import Settings
from tests.support.alerts import fired

ROOT = Path(__file__).parents[1]
AT = 1_741_734_000_000_000
FIRED = msgspec.structs.replace(
    fired(AT),
    rule="salinity-above-warning",
    site="st-an-hiep",
    severity=Severity.WARNING,
    value=5.0,
    incident="AAAAAAAA",
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate(
        {
            "journal": {"directory": tmp_path / "journal"},
            "state": {"directory": tmp_path / "state"},
            "notify": {
                "officials": ROOT / "config/officials.example.toml",
                "routes": ROOT / "config/routes.example.toml",
            },
        }
    )


@pytest.mark.parametrize("lost", [{"indicator": "gone"}, {"site": "gone"}])
def test_alert_on_what_the_catalogue_lost_is_still_said_in_some_words(settings: Settings, lost: dict[str, str]) -> None:
    centre = Centre(settings)
    with capture_logs():
        centre._tell(msgspec.structs.replace(FIRED, **lost))
    assert "gone" in centre._say(msgspec.structs.replace(FIRED, **lost), "vi")


def test_transition_that_no_words_are_found_for_is_counted(settings: Settings) -> None:
    centre = Centre(settings)
    with capture_logs() as lines:
        assert centre._tell(msgspec.structs.replace(FIRED, value=float("inf"))) == ()
    assert [line["event"] for line in lines] == ["nobody told"]
    assert centre._counts.total("transitions_untold") == 1
    assert "salinity" in centre._say(msgspec.structs.replace(FIRED, value=float("inf")), "vi")


async def test_centre_that_cannot_open_closes_what_it_opened(settings: Settings) -> None:
    (settings.state.directory).mkdir(parents=True)
    damaged = settings.state.directory / "rollup.db"
    damaged.write_bytes(b"none of ours" * 1000)
    with pytest.raises(PermanentError):
        await Centre(settings).__aenter__()
    damaged.unlink()
    async with Centre(settings):  # the journal's lock is free again
        pass


async def test_second_centre_on_the_same_state_is_refused_though_its_journal_is_another(
    settings: Settings, tmp_path: Path
) -> None:
    other = settings.journal.model_copy(update={"directory": tmp_path / "other"})
    async with Centre(settings):
        with pytest.raises(ConfigError, match="another process uses"):
            await Centre(settings.model_copy(update={"journal": other})).__aenter__()
    async with Centre(settings.model_copy(update={"journal": other})):
        pass


async def test_part_that_fails_is_named() -> None:
    async def fail() -> None:
        raise ConfigError("no such thing")

    with capture_logs() as lines, pytest.raises(ConfigError):
        await _eternal("collector", fail)
    assert lines == [
        {"event": "part failed", "part": "collector", "error": "ConfigError: no such thing", "log_level": "critical"}
    ]


async def test_part_that_ends_is_a_fault() -> None:
    with pytest.raises(RuntimeError, match="audit ended"):
        await _eternal("audit", lambda: asyncio.sleep(0))  # noqa: TID251 - anything that ends
