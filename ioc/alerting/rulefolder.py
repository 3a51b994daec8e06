"""The rule files of a folder, read and checked."""

from pathlib import Path

from indicators.holidays import shipped
from ioc import textfile
from ioc.alerting.book import Atlas, Rulebook
from ioc.alerting.rulecheck import checked
from ioc.alerting.rulefile import Written, parse
from ioc.alerting.yamlnode import Fault
from ioc.errors import ConfigError


def load(path: Path | None, atlas: Atlas) -> Rulebook:
    """The rules of a file, or of every `*.yaml` of a folder by name; none without a path.

    Raises:
        ConfigError: with file, line and column of everything that is wrong.
    """
    if path is None:
        return Rulebook((), atlas, shipped())
    written: list[Written] = []
    faults: list[tuple[str, Fault]] = []
    for file in _files(path):
        found, wrong = parse(textfile.read(file), str(file), atlas)
        written += found
        faults += [(str(file), fault) for fault in wrong]
    faults += checked(written, atlas)
    if faults:
        raise ConfigError("\n".join(fault.at(file) for file, fault in sorted(faults)))
    return Rulebook((one.rule for one in written), atlas, shipped())


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(path.glob("*.yaml"))
    if not path.exists():
        raise ConfigError(f"{path}: không có tệp hoặc thư mục này / there is no such file or folder")
    return [path]
