"""The files that tell Grafana where everything is: one provider and folder a centre, one playlist a centre."""

from collections.abc import Iterable

from dashboards.centre import Centre
from dashboards.health import OPERATIONS
from dashboards.page import uid
from dashboards.style import Json
from dashboards.words import Words

HOME = "/var/lib/ioc/dashboards"
"""Where `dashboards/generated` is mounted; `IOC_DASHBOARDS` in Grafana's environment names another place."""

PROVIDER = """\
  - name: {name}
    orgId: 1
    folder: "{folder}"
    folderUid: {uid}
    type: file
    disableDeletion: true
    allowUiUpdates: false
    updateIntervalSeconds: 30
    options:
      path: {home}/{tenant}/{place}
"""


def providers(tenant: str, centres: Iterable[Centre], words: Words) -> str:
    """`provisioning/dashboards/<tenant>.yaml`."""
    head = "# Written by `python -m dashboards`.\napiVersion: 1\nproviders:\n"
    folders = [(centre.site.id, words.name(centre.site)) for centre in centres]
    folders.append((OPERATIONS, words("operations")))
    return head + "".join(
        PROVIDER.format(
            name=f"ioc-{tenant}-{place}", folder=folder, uid=uid(tenant, place), home=HOME, tenant=tenant, place=place
        )
        for place, folder in folders
    )


def playlist(centre: Centre, words: Words) -> Json:
    """A round through a centre's overview, alerts and walls for a television, as the playlist API takes it."""
    walls = [board.field.id for board in centre.boards]
    items = [
        {"type": "dashboard_by_uid", "value": uid(centre.site.id, name)} for name in ("overview", "alerts", *walls)
    ]
    return {
        "uid": uid(centre.site.id, "tv"),
        "name": f"TV – {words.name(centre.site)}",
        "interval": "30s",
        "items": items,
    }
