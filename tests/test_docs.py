"""The papers: links lead somewhere, commands exist, nothing is left out of the index."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer import main as typer_main

from ioc.cli import app

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path for folder in (ROOT, ROOT / "docs") for path in folder.glob("**/*.md" if folder != ROOT else "*.md")
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
COMMAND = re.compile(r"(?:^|[\s`(])(?:\.venv/bin/|/opt/ioc/bin/)?ioc ((?:[a-z][a-z-]*|…)[^`\n#|;&)]*)", re.MULTILINE)
OPTION = re.compile(r"(?<![\w-])(--?[a-z][a-z-]*)")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """The places of a page that a link may name, as the forges make them from headings."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_to_a_file_and_a_heading_that_are_there(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in target or target.startswith("mailto:"):
            continue
        file, _, anchor = target.partition("#")
        path = (page.parent / file).resolve() if file else page
        assert path.exists(), target
        if anchor and path.suffix == ".md":
            assert anchor in anchors(path), target


def test_every_page_can_be_reached_from_the_index() -> None:
    seen, ahead = set[Path](), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in seen or page.suffix != ".md" or not page.is_file():
            continue
        seen.add(page)
        links = LINK.findall(page.read_text(encoding="utf-8"))
        ahead += [(page.parent / link.partition("#")[0]).resolve() for link in links if "://" not in link]
    shipped = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {name(page) for page in PAGES} - {name(page) for page in seen} == set()
    assert set(shipped.stdout.splitlines()) <= {name(page) for page in PAGES}, "a page that is looked at nowhere"


def commands() -> Iterator[tuple[str, str]]:
    """Every call of `ioc` that the papers show, with its page."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        shown = re.findall(r"```.*?```|^ {4}\S.*$|`[^`\n]+`", text, re.DOTALL | re.MULTILINE)
        for call in COMMAND.findall("\n".join(shown)):
            yield name(page), call.strip()


@pytest.mark.parametrize(("page", "call"), sorted(set(commands())))
def test_command_shown_exists_with_its_options(page: str, call: str) -> None:
    del page
    command, words = typer_main.get_command(app), call.split()
    while words and (found := getattr(command, "commands", {}).get(words[0])):
        command, words = found, words[1:]
    assert not getattr(command, "commands", {}) or not words or words[0] == "…", f"no command {words}"
    known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)} | {"--help"}
    assert set(OPTION.findall(" ".join(words))) <= known


def test_every_target_of_make_that_is_shown_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    shown = {word for page in PAGES for word in re.findall(r"[`\n&] ?make ([a-z]+)", page.read_text(encoding="utf-8"))}
    assert {"demo", "test", "check", "generate"} <= shown
    assert shown <= targets
