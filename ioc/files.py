"""The files that the settings name, read: catalogue, extra rules, officials and routes."""

from pathlib import Path

from indicators.load import PACKAGE, load
from indicators.lookup import Catalogue
from ioc.alerting import rulefolder
from ioc.alerting.book import Rulebook
from ioc.errors import ConfigError
from ioc.notify import directory
from ioc.notify.config import NotifyConfig
from ioc.notify.directory import Directory
from ioc.settings import Settings


def read_catalogue(settings: Settings, other: Path | None = None) -> Catalogue:
    """The catalogue in use, or the tenant's in the folder `other`. Raises ConfigError."""
    return load(other or settings.centre.catalogue or PACKAGE, settings.centre.tenant)


def read_rules(settings: Settings, catalogue: Catalogue, other: Path | None = None) -> Rulebook:
    """The extra rules in use, or those of the file or folder `other`. Raises ConfigError."""
    return rulefolder.load(other or settings.alerting.rules, catalogue)


def read_people(config: NotifyConfig) -> Directory:
    """The officials and routes; nobody where none are named. Raises ConfigError."""
    if (config.officials is None) != (config.routes is None):
        raise ConfigError(
            "[notify]: phải nêu cả officials và routes, thiếu một thì không ai được báo / "
            "notify.officials and notify.routes belong together: without both, nobody is told"
        )
    if config.officials is None or config.routes is None:
        return Directory()
    return directory.load(config.officials, config.routes)
