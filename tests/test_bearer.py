"""A token is known again in whatever letters it is written."""

from unicodedata import normalize

import pytest

from ioc.bearer import shows

TOKEN = "bí mật của trực ban"


def sent(text: str) -> str:
    """As a library hands over what came as UTF-8."""
    return text.encode().decode("latin-1")


@pytest.mark.parametrize("token", ["plain", TOKEN, "日本", "🔑"])
def test_token_is_known_in_any_letters(token: str) -> None:
    assert shows(sent(f"Bearer {token}"), token)
    assert not shows(sent(f"Bearer {token}x"), token)
    assert not shows(sent(f"Bearer {token[:-1]}"), token)


def test_token_is_known_however_its_accents_were_typed() -> None:
    apart = normalize("NFD", TOKEN)
    assert apart != TOKEN
    assert shows(sent(f"Bearer {apart}"), TOKEN)
    assert shows(sent(f"Bearer {TOKEN}"), apart)


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer ậ", "Bearer \xff\xfe", "Bearer \udcff", "\x00"])
def test_what_is_no_token_is_refused_without_a_fault(header: str) -> None:
    assert not shows(header, TOKEN)
    assert not shows(header, "")


def test_no_token_is_never_shown() -> None:
    assert not shows("Bearer ", "")
