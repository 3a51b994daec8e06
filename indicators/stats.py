"""What each operations centre watches, counted."""

from dataclasses import dataclass

from indicators.lookup import Catalogue


@dataclass(frozen=True, slots=True)
class CentreStats:
    """One centre: the fields its wall shows and the distinct indicators it watches, while it is open."""

    site: str
    place: str
    fields: int
    indicators: int
    applications: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.place}: {self.fields} lĩnh vực / fields, {self.indicators} chỉ tiêu / indicators"


def centre_stats(catalogue: Catalogue) -> tuple[CentreStats, ...]:
    """Every site whose profile names whole fields (a station's names single indicators), by id."""
    centres = sorted({watch.site for watch in catalogue.watches if watch.tier is not None})
    return tuple(_count(catalogue, centre) for centre in centres)


def _count(catalogue: Catalogue, site_id: str) -> CentreStats:
    watches = [watch for watch in catalogue.watches if watch.site == site_id]
    deepest = {watch.field: watch.tier for watch in watches if watch.tier is not None}
    named = {watch.indicator for watch in watches}
    return CentreStats(
        site=site_id,
        place=catalogue.place(site_id),
        fields=len({watch.shown_under for watch in watches}),
        indicators=sum(
            one.id in named or one.tier <= deepest.get(one.field, 0) for one in catalogue.indicators.values()
        ),
        applications=tuple(dict.fromkeys(watch.application for watch in watches if watch.application)),
    )
