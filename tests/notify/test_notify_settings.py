"""The channels in the settings file: what is wrong is named with its place, and the example's comments are settings."""

import re
from pathlib import Path

import pytest

from ioc.errors import ConfigError
from ioc.notify.pace import Rate
from ioc.settings import load

EXAMPLE = Path(__file__).parents[2] / "config/ioc.example.toml"
COMMENT = re.compile(r"# (\[\[?notify\.|[a-z_]+ = )")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[[notify.http]]\nname = "x"\nurl = "x"\nbdy = "x"\n',
            r"ioc\.toml:4:1: không có khóa này / unknown key .*did you mean 'body'",
        ),
        (
            "[notify.rates]\nemail = { mesages = 1 }\n",
            r"unknown key 'notify\.rates\.email\.mesages'; did you mean 'messages'",
        ),
        ("[notify.telegram]\ntoken = 1\n", r"ioc\.toml:2:1: notify\.telegram\.token"),
        ('[notify.zalo]\napp_id = "1"\nsizes = { colour = 3 }\n', r"notify\.zalo\.sizes\.colour"),
        ("[notify.watchdog]\ninterval = 0\n", r"ioc\.toml:2:1: notify\.watchdog\.interval"),
    ],
)
def test_wrong_channel_is_named_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "ioc.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load(path)


def test_every_channel_of_the_example_is_a_setting(tmp_path: Path) -> None:
    """The commented lines below [notify.webhook], taken at their word."""
    text = EXAMPLE.read_text(encoding="utf-8")
    commented = text[text.index("# [notify.telegram]") : text.index("[web]")]
    path = tmp_path / "ioc.toml"
    path.write_text("\n".join(COMMENT.sub(r"\1", line) for line in commented.splitlines()), encoding="utf-8")
    notify = load(path).notify
    assert notify.telegram
    assert notify.esms
    assert notify.speedsms
    assert notify.zalo
    assert notify.loudspeaker
    assert notify.alertmanager
    assert notify.watchdog
    assert [template.name for template in notify.http] == ["sms-vnpt"]
    assert notify.rates == {"email": Rate(messages=100, seconds=60.0)}
