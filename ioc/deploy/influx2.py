"""What is still to be done to an InfluxDB 2.x: set-up, buckets, mappings, logins, tokens. Decisions only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ioc.deploy.influx1 import SHORTER, is_shorter
from ioc.deploy.layout import Account, Layout, Policy
from ioc.deploy.step import Step

LOGINS = "/private/legacy/authorizations"
TOKENS = "/api/v2/authorizations"
NARROWER = "thu hồi quyền cũ / takes the rights away that it had"
MOVED = "ánh xạ cũ trỏ chỗ khác / the mapping points elsewhere now"
STALE = "thu hồi mã cũ / revokes the older token"


@dataclass(frozen=True, slots=True)
class Target:
    """What to call things: database (for InfluxQL), organisation, bucket of the default policy."""

    database: str
    org: str
    bucket: str

    def bucket_of(self, layout: Layout, policy: Policy) -> str:
        """The bucket's name: the bare one for the default policy."""
        return self.bucket if policy is layout.policy[0] else f"{self.bucket}-{policy.name}"


@dataclass(frozen=True, slots=True)
class Found:
    """A server as its API tells it; `logins` and `valid`: whose password and token it takes."""

    virgin: bool = False
    org_id: str = ""
    buckets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    mappings: Sequence[Mapping[str, Any]] = ()
    accounts: Sequence[Mapping[str, Any]] = ()
    logins: Mapping[str, bool] = field(default_factory=dict)
    tokens: Sequence[Mapping[str, Any]] = ()
    valid: Mapping[str, str] = field(default_factory=dict)


def steps(layout: Layout, target: Target, secrets: Mapping[str, str], found: Found) -> tuple[Step, ...]:
    """What can be done now; `secrets` by account, and the administrator's password under its name."""
    if found.virgin:
        return (_set_up(layout, target, secrets),)
    if not found.org_id:
        return (Step(f"organisation {target.org}", "POST", "/api/v2/orgs", {"name": target.org}),)
    buckets = tuple(_buckets(layout, target, found))
    if any(target.bucket_of(layout, policy) not in found.buckets for policy in layout.policy):
        return buckets
    ids = [str(found.buckets[target.bucket_of(layout, policy)]["id"]) for policy in layout.policy]
    mappings = _mappings(layout, target, found, ids)
    logins = _logins(layout, secrets, found, ids)
    return (*buckets, *mappings, *logins, *_tokens(layout, found, ids))


def label(account: Account) -> str:
    """The description by which our tokens are known again."""
    return f"ioc: {account.name}"


def _set_up(layout: Layout, target: Target, secrets: Mapping[str, str]) -> Step:
    admin, first = layout.admin, layout.policy[0]
    body = {
        "username": admin.username,
        "password": secrets[admin.username],
        "token": secrets["token"],
        "org": target.org,
        "bucket": target.bucket,
        "retentionPeriodSeconds": first.keep,
    }
    return Step(f"administrator {admin.username}, organisation {target.org}", "POST", "/api/v2/setup", body)


def _buckets(layout: Layout, target: Target, found: Found) -> Iterator[Step]:
    for policy in layout.policy:
        name = target.bucket_of(layout, policy)
        days = f"{policy.keep_days} d" if policy.keep_days else "for ever"
        rule = {"type": "expire", "everySeconds": policy.keep, "shardGroupDurationSeconds": policy.shard}
        if name not in found.buckets:
            body = {"orgID": found.org_id, "name": name, "retentionRules": [rule]}
            yield Step(f"bucket {name}: {days}", "POST", "/api/v2/buckets", body)
            continue
        bucket = found.buckets[name]
        has = (bucket.get("retentionRules") or [{}])[0]
        keep = int(has.get("everySeconds", 0))
        if (keep, has.get("shardGroupDurationSeconds", policy.shard)) != (policy.keep, policy.shard):
            caution = SHORTER if is_shorter(policy.keep, keep) else ""
            path = f"/api/v2/buckets/{bucket['id']}"
            yield Step(f"bucket {name}: {days}", "PATCH", path, {"retentionRules": [rule]}, caution=caution)


def _mappings(layout: Layout, target: Target, found: Found, ids: Sequence[str]) -> Iterator[Step]:
    own = {
        str(one["retention_policy"]): one
        for one in found.mappings
        if one["database"] == target.database and not one.get("virtual")
    }
    for policy, bucket in zip(layout.policy, ids, strict=True):
        is_default = policy is layout.policy[0]
        what = f"InfluxQL {target.database}.{policy.name}"
        has = own.get(policy.name)
        if has is None:
            body: dict[str, Any] = {"orgID": found.org_id, "bucketID": bucket, "database": target.database}
            body |= {"retention_policy": policy.name, "default": is_default}
            yield Step(what, "POST", "/api/v2/dbrps", body)
        elif has["bucketID"] != bucket:
            yield Step(what, "DELETE", f"/api/v2/dbrps/{has['id']}?orgID={found.org_id}", caution=MOVED)
        elif is_default and not has.get("default"):
            path = f"/api/v2/dbrps/{has['id']}?orgID={found.org_id}"
            yield Step(f"{what} as default", "PATCH", path, {"default": True})


def _logins(layout: Layout, secrets: Mapping[str, str], found: Found, ids: Sequence[str]) -> Iterator[Step]:
    own = {str(one["token"]): one for one in found.accounts}
    for account in layout.account:
        if account.password_file is None or account.token_file is not None:
            continue
        has = own.get(account.name)
        if has is None:
            body: dict[str, Any] = {"orgID": found.org_id, "description": label(account), "token": account.name}
            body |= {"permissions": _permissions(account, found.org_id, ids)}
            yield Step(f"login {account.name}: {account.rights}", "POST", LOGINS, body)
        elif _allowed(has) != _wanted(account, ids):
            yield Step(f"login {account.name}: {account.rights}", "DELETE", f"{LOGINS}/{has['id']}", caution=NARROWER)
        elif not found.logins.get(account.name, False):
            body = {"password": secrets[account.name]}
            yield Step(f"password of {account.name}", "POST", f"{LOGINS}/{has['id']}/password", body)


def _tokens(layout: Layout, found: Found, ids: Sequence[str]) -> Iterator[Step]:
    for account in layout.account:
        if account.token_file is None:
            continue
        own = [one for one in found.tokens if one.get("description") == label(account)]
        right = [one for one in own if _allowed(one) == _wanted(account, ids)]
        current = found.valid.get(account.name, "")
        if not (right and current):
            body: dict[str, Any] = {"orgID": found.org_id, "description": label(account)}
            body |= {"permissions": _permissions(account, found.org_id, ids)}
            what = f"token of {account.name}: {account.rights}"
            yield Step(what, "POST", TOKENS, body, token_file=account.token_file)
            continue
        for one in own:
            if one.get("token") and one["token"] != current:
                yield Step(f"token {one['id']} of {account.name}", "DELETE", f"{TOKENS}/{one['id']}", caution=STALE)


def _permissions(account: Account, org_id: str, ids: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"action": account.rights, "resource": {"type": "buckets", "id": bucket, "orgID": org_id}} for bucket in ids
    ]


def _wanted(account: Account, ids: Sequence[str]) -> set[tuple[str, str]]:
    return {(account.rights, bucket) for bucket in ids}


def _allowed(one: Mapping[str, Any]) -> set[tuple[str, str]]:
    if one.get("status", "active") != "active":
        return set()
    return {(str(it["action"]), str(it["resource"].get("id", "*"))) for it in one.get("permissions", ())}
