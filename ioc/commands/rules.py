"""The commands about rules. Imports are inside the commands, so that `--help` answers at once."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ioc.commands.options import Config
from ioc.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indicators.lookup import Catalogue
    from ioc.alerting.book import Rulebook
    from ioc.alerting.load import Tell
    from ioc.model import Entry, Micros, Transition
    from ioc.settings import Settings

UNKNOWN = (
    "Không có mã {0}. Hãy nêu địa bàn/chỉ tiêu, ví dụ st-an-hiep/salinity, hoặc mã trong tin nhắn. / "
    "There is no alert {0}. Name site/indicator, or the id that a message shows."
)
DAYS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M"]

Since = Annotated[datetime | None, typer.Option("--from", formats=DAYS, help="Từ, giờ Việt Nam / from, local time")]
Until = Annotated[datetime | None, typer.Option("--to", formats=DAYS, help="Đến trước / up to, not included")]
Other = Annotated[Path | None, typer.Option("--catalogue", help="Danh mục khác / another catalogue, to try its limits")]
Rules = Annotated[
    Path | None,
    typer.Option("--rules", help="Quy tắc bổ sung khác, tệp hoặc thư mục / other extra rules, file or folder"),
]
At = Annotated[datetime | None, typer.Option(formats=DAYS, help="Vào lúc / at; mặc định / default: now")]
Lang = Annotated[str, typer.Option(help="vi, en")]

rules = typer.Typer(no_args_is_help=True, help="Quy tắc cảnh báo. / Alert rules.")


def replay(
    config: Config = None,
    since: Since = None,
    until: Until = None,
    catalogue: Other = None,
    rules_file: Rules = None,
    influx: Annotated[
        bool, typer.Option("--influx", help="Xét InfluxDB thay nhật ký, cần --from, --to / judge InfluxDB instead")
    ] = False,
    show: Annotated[int, typer.Option(min=0, help="Số dòng nhiều nhất / lines at most")] = 20,
) -> None:
    """Xét lại nhật ký: cảnh báo nào thêm, mất, bao nhiêu tin. / Judge the journal again: what would differ."""
    from ioc.alerting import replay as again
    from ioc.alerting import report
    from ioc.alerting.load import times
    from ioc.files import read_catalogue, read_rules
    from ioc.settings import load

    settings = load(config)
    book = read_catalogue(settings, catalogue)
    extras = read_rules(settings, book, rules_file)
    start, end = _micros(since, 0), _micros(until, 0)
    old, new = (
        _from_influx(settings, book, extras, start, end)
        if influx
        else _from_journal(settings, book, extras, start, end)
    )
    tell = _tell(settings, book)
    for line in report.replayed(again.compare(old, new), times(old, tell), times(new, tell), show):
        typer.echo(line)


def _from_journal(
    settings: "Settings", book: "Catalogue", extras: "Rulebook", start: "Micros", end: "Micros"
) -> "tuple[list[Transition], list[Transition]]":
    """What the log has, and what is made of the journal now."""
    from ioc.alerting import record as ledger
    from ioc.alerting import replay as again
    from ioc.alerting.wording import local
    from ioc.journal.reader import JournalReader

    record = ledger.read_record(settings.state.directory / "state.db")
    reader = JournalReader(settings.journal.directory)
    replayed = again.after_cut(again.replay(reader, book, record, extras), record)
    reader.close()
    is_equal = again.written(replayed) == again.written(again.after_cut(record.events, record))
    typer.echo(f"Nhật ký cảnh báo / event log: {len(record.events)}; xét lại / replayed: {len(replayed)}")
    if record.cut:
        typer.echo(f"Chỉ so từ {local(record.cut)}: trước đó nhật ký đã cắt / the log was cut before that")
    typer.echo("Giống từng byte / equal byte for byte" if is_equal else "Có khác / not equal")
    start, end = max(start, record.cut), end or record.horizon + 1
    return again.within(record.events, start, end), again.within(replayed, start, end)


def _from_influx(
    settings: "Settings", book: "Catalogue", extras: "Rulebook", start: "Micros", end: "Micros"
) -> "tuple[list[Transition], list[Transition]]":
    """What is made of the database by the limits and rules that are set, and by the others."""
    import asyncio

    from ioc.alerting import replay as again
    from ioc.files import read_catalogue, read_rules

    if not start or not end:
        raise ConfigError("--influx: cần / needs --from, --to")
    entries = asyncio.run(_history(settings, book, start, end))
    record = again.Record(cursor=len(entries), horizon=end, starts=(again.Start(0, start),))
    past, plain = again.Kept(entries), read_catalogue(settings)
    old = list(again.replay(past, plain, record, read_rules(settings, plain)))
    new = list(again.replay(past, book, record, extras))
    typer.echo(f"InfluxDB: {len(entries)} giá trị / values; {len(old)} -> {len(new)} chuyển trạng thái / transitions")
    return old, new


async def _history(settings: "Settings", book: "Catalogue", start: "Micros", end: "Micros") -> "list[Entry]":
    import aiohttp

    from ioc.store.influxql import Reader
    from ioc.store.past import history

    async with aiohttp.ClientSession() as session:
        return await history(Reader(settings.influx, session), dict(book.indicators), start, end)


@rules.command("list")
def list_rules(
    config: Config = None,
    site: Annotated[str, typer.Option(help="Chỉ ngưỡng đang áp dụng cho địa bàn này / in force for this site")] = "",
    indicator: Annotated[str, typer.Option(help="Chỉ chỉ tiêu này / only this indicator")] = "",
    at: At = None,
) -> None:
    """Ngưỡng và quy tắc bổ sung: tất cả, hoặc đang áp dụng cho địa bàn. / Limits and extra rules, all or for a site."""
    from ioc.alerting.extra_wording import listed
    from ioc.alerting.wording import condition, scope
    from ioc.files import read_catalogue, read_rules
    from ioc.notify.explain import known
    from ioc.settings import load

    settings = load(config)
    book = read_catalogue(settings)
    for what, name, names in (("site", site, book.sites), ("indicator", indicator, book.indicators)):
        if name:
            known(what, name, names)
    limits, extras = book.limits, read_rules(settings, book)
    added = extras.all
    if site:
        now = _micros(at, settings.clock.clock().now())
        here = [one.indicator.id for one in book.series(now) if one.site.id == site]
        if not here:
            raise ConfigError(f"{site}: không theo dõi gì vào lúc đó / nothing is watched there at that time (--at)")
        limits = tuple(limit for name in here for limit in book.limits_for(site, name, now))
        holding = {rule.id for name in here for rule in extras.holding(site, name, now)}
        added = tuple(extra for extra in added if extra.id in holding)
    chosen = [limit for limit in limits if indicator in ("", limit.indicator)]
    for limit in sorted(chosen, key=lambda one: (one.indicator, one.slot, one.id)):
        words = scope(limit)
        typer.echo(f"{limit.id}  {limit.indicator} {condition(limit)}  [{words.vi} / {words.en}]  {limit.basis}")
    more = [extra for extra in added if not indicator or indicator in extra.fed_by]
    for extra in more:
        typer.echo(listed(extra))
    typer.echo(f"{len(chosen)} ngưỡng / limits, {len(more)} quy tắc bổ sung / extra rules")


@rules.command()
def explain(
    what: Annotated[str, typer.Argument(help="Mã sự cố, hoặc địa-bàn/chỉ-tiêu / incident id, or site/indicator")],
    config: Config = None,
    at: At = None,
    lang: Lang = "vi",
) -> None:
    """Ngưỡng nào được xét, ngưỡng nào thắng và vì sao. / Which limits were considered, which won and why."""
    from ioc.alerting.extra_wording import explained as explained_extras
    from ioc.alerting.record import read_record
    from ioc.alerting.ruling import rulings, series_at
    from ioc.alerting.wording import explained, moved
    from ioc.files import read_catalogue, read_rules
    from ioc.model import Kind
    from ioc.settings import load

    settings = load(config)
    moment, name = _micros(at, settings.clock.clock().now()), what
    if "/" not in what:
        steps = [told for told in read_record(settings.state.directory / "state.db").events if told.incident == what]
        if not steps:
            typer.echo(UNKNOWN.format(what), err=True)
            raise typer.Exit(1)
        moment, name = steps[0].since, f"{steps[0].site}/{steps[0].indicator}"
        for told in steps:
            typer.echo(moved(told))
        if steps[0].kind in (Kind.COUNT, Kind.SOURCE_DOWN):
            _explain_lateral(settings, steps[0].rule)
            return
    book = read_catalogue(settings)
    series = series_at(book, name, moment)
    extras = tuple(explained_extras(read_rules(settings, book), series, moment, lang))
    for line in explained(series, rulings(book, series.site.id, series.indicator.id, moment), moment, lang, extras):
        typer.echo(line)


def _explain_lateral(settings: "Settings", name: str) -> None:
    """The rule of an alert that stands above the series that it comes from."""
    from ioc.alerting.extra_wording import listed
    from ioc.files import read_catalogue, read_rules

    for extra in read_rules(settings, read_catalogue(settings)).all:
        if extra.id == name:
            typer.echo(listed(extra))


@rules.command("test")
def run_tests(
    folder: Annotated[Path, typer.Argument(help="Thư mục có *.toml / folder")] = Path("config/rule-tests"),
    config: Config = None,
    catalogue: Other = None,
    rules_file: Rules = None,
) -> None:
    """Chạy các bài thử quy tắc. / Run the rule tests of a folder."""
    from ioc.alerting.trial import read_trials, run
    from ioc.files import read_catalogue, read_rules
    from ioc.settings import load

    settings = load(config)
    book = read_catalogue(settings, catalogue)
    extras = read_rules(settings, book, rules_file)
    failed = 0
    for path, trial in read_trials(folder):
        found = run(trial, book, read_rules(settings, book, path.parent / trial.rules) if trial.rules else extras)
        failed += bool(found)
        typer.echo(f"{'SAI / FAIL' if found else 'đúng / ok  '} {path.name}: {trial.note}")
        for one in found:
            typer.echo(f"  {one.step}: mong đợi / expected {one.expected}, xảy ra / happened {one.happened}")
    if failed:
        raise typer.Exit(1)


@rules.command()
def health(config: Config = None, since: Since = None, until: Until = None) -> None:
    """Hệ thống cảnh báo có quá ồn không; mặc định tuần qua. / Is alerting too noisy; by default the last week."""
    from collections import defaultdict

    from ioc.alerting import record as ledger
    from ioc.alerting.health import health as examine
    from ioc.alerting.report import health_lines
    from ioc.alerting.wording import local
    from ioc.files import read_catalogue, read_rules
    from ioc.model import DAY
    from ioc.settings import load

    settings = load(config)
    path = settings.state.directory / "state.db"
    record = ledger.read_record(path)
    told: dict[str, list[Micros]] = defaultdict(list)
    for message in ledger.read_told(path):
        told[message.receiver].append(message.at)
    end = _micros(until, record.horizon + 1)
    start = _micros(since, max(end - 7 * DAY, record.begins))
    book = read_catalogue(settings)
    rows = [*(limit.id for limit in book.limits), *(extra.id for extra in read_rules(settings, book).all)]
    moments = {receiver: sorted(told[receiver]) for receiver in told}
    typer.echo(f"{local(start)} .. {local(end)}")
    for line in health_lines(examine(record.events, moments, rows, start, end)):
        typer.echo(line)
    for line in _answers(config, start, end):
        typer.echo(line)


def _answers(config: Path | None, start: "Micros", end: "Micros") -> "Iterator[str]":
    """How soon people answered, and what is shelved: silences with who and until when."""
    from ioc.incidents.wording import age
    from ioc.office import office

    with office(config) as desk:
        found = desk.register.figures(start, end)
        mean = found.mean_time_to_acknowledge
        words = "không có / none" if mean is None else age(mean)
        yield f"Sự cố / incidents: {found.opened}; nhận xử lý / acknowledged: {found.acknowledged}, mean time {words}"
        shelved = desk.register.silences(desk.now)
        yield f"Đang tạm tắt thông báo, bảo trì / shelved: {len(shelved)}"
        yield from (f"  {desk.shown(one)}" for one in shelved)


def _tell(settings: "Settings", book: "Catalogue") -> "Tell":
    from ioc.files import read_people
    from ioc.notify.route import notifications

    people = read_people(settings.notify)
    return lambda transition: notifications(transition, people, book)


def _micros(at: datetime | None, otherwise: "Micros") -> "Micros":
    """What was asked for in local time, or else the other."""
    from indicators.spec import VIETNAM
    from ioc.model import micros

    return otherwise if at is None else micros(at.replace(tzinfo=VIETNAM))
