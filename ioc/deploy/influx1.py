"""What is still to be done to an InfluxDB 1.x: database, retention policies, users, grants. Decisions only."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ioc.deploy.layout import Account, Layout, Policy
from ioc.deploy.step import Step

RIGHTS = {"read": "READ", "write": "WRITE"}
SHORTER = "ngắn hơn: xóa số liệu cũ / shorter: deletes what is older"
OTHER_DEFAULT = "số liệu cũ phải gọi bằng tên đầy đủ / what stands in {} is then found by its full name only"
_length = re.compile(r"(\d+)(h|m|s)")
_seconds = {"h": 3600, "m": 60, "s": 1}


@dataclass(frozen=True, slots=True)
class Kept:
    """A retention policy as it is; seconds, 0 for ever."""

    keep: int
    shard: int
    default: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A server as it is, empty when it wants its first administrator; `logins`: whose password it takes."""

    admins: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    policies: Mapping[str, Kept] | None = None
    grants: Mapping[str, str] = field(default_factory=dict)
    logins: Mapping[str, bool] = field(default_factory=dict)


def steps(layout: Layout, database: str, secrets: Mapping[str, str], found: Found) -> tuple[Step, ...]:
    """What can be done now; `secrets` by user name."""
    admin = layout.admin.username
    if admin not in found.admins:
        if admin in found.users:
            return (_step(f"user {admin}: all privileges", f"GRANT ALL PRIVILEGES TO {name(admin)}"),)
        words = f"CREATE USER {name(admin)} WITH PASSWORD {text(secrets[admin])} WITH ALL PRIVILEGES"
        return (_step(f"administrator {admin}", words),)
    if found.policies is None:
        first = layout.policy[0]
        words = f"CREATE DATABASE {name(database)} WITH {_terms(first)} NAME {name(first.name)}"
        return (_step(f"database {database} with policy {_shown(first)}", words),)
    wanted = _policies(layout, database, found.policies)
    return (*wanted, *_accounts(layout, database, secrets, found))


def seconds(duration: str) -> int:
    """`168h0m0s` as seconds; `0s` and `INF` are 0."""
    return sum(int(n) * _seconds[unit] for n, unit in _length.findall(duration))


def name(word: str) -> str:
    """A quoted identifier."""
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def text(word: str) -> str:
    """A quoted string."""
    return "'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _policies(layout: Layout, database: str, kept: Mapping[str, Kept]) -> Iterator[Step]:
    default = next((key for key, one in kept.items() if one.default), "")
    for policy in layout.policy:
        at = f"{name(policy.name)} ON {name(database)}"
        is_default = policy is layout.policy[0]
        if policy.name not in kept:
            yield _step(f"policy {_shown(policy)}", f"CREATE RETENTION POLICY {at} {_terms(policy)}")
            continue
        has = kept[policy.name]
        if (has.keep, has.shard) != (policy.keep, policy.shard):
            caution = SHORTER if is_shorter(policy.keep, has.keep) else ""
            yield _step(f"policy {_shown(policy)}", f"ALTER RETENTION POLICY {at} {_terms(policy, 'ALTER')}", caution)
        if is_default and not has.default:
            caution = OTHER_DEFAULT.format(default) if default else ""
            yield _step(f"policy {policy.name} as default", f"ALTER RETENTION POLICY {at} DEFAULT", caution)


def _accounts(layout: Layout, database: str, secrets: Mapping[str, str], found: Found) -> Iterator[Step]:
    for account in _with_password(layout):
        user, password = name(account.name), text(secrets[account.name])
        if account.name not in found.users:
            yield _step(f"user {account.name}", f"CREATE USER {user} WITH PASSWORD {password}")
            continue
        if not found.logins.get(account.name, False):
            yield _step(f"password of {account.name}", f"SET PASSWORD FOR {user} = {password}")
        if found.grants.get(account.name) != RIGHTS[account.rights]:
            words = f"GRANT {RIGHTS[account.rights]} ON {name(database)} TO {user}"
            yield _step(f"{account.name} may {account.rights} {database}", words)


def _with_password(layout: Layout) -> Iterator[Account]:
    return (account for account in layout.account if account.password_file is not None)


def is_shorter(wanted: int, has: int) -> bool:
    """Whether keeping `wanted` seconds deletes something that `has` seconds kept; 0 is for ever."""
    return bool(wanted) and (not has or wanted < has)


def _terms(policy: Policy, verb: str = "CREATE") -> str:
    keep = f"{policy.keep // 3600}h" if policy.keep else "INF"
    replication = "REPLICATION 1 " if verb == "CREATE" else ""
    return f"DURATION {keep} {replication}SHARD DURATION {policy.shard // 3600}h"


def _shown(policy: Policy) -> str:
    return f"{policy.name}: {f'{policy.keep_days} d' if policy.keep_days else 'for ever'}, {policy.shard_days} d a file"


def _step(what: str, statement: str, caution: str = "") -> Step:
    return Step(what, "POST", "/query", form={"q": statement}, caution=caution)
