"""YAML as nodes that know where they stand: every scalar is text, whatever it looks like. Pure.

`06-22`, `no` and `2025-01-01` mean to YAML what nobody who writes them means; here the key decides how a text is read.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from ruamel.yaml import YAML, MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from indicators.cells import BadCellError
from indicators.problem import Words, meant

Value = TypeVar("Value")
Parser = Callable[[str], Value]

DEEPEST = 6


class Fault(NamedTuple):
    """What is wrong, and where: line and column count from 1."""

    line: int
    column: int
    words: Words

    def at(self, file: str) -> str:
        """`file:line:column: what / what`."""
        return f"{file}:{self.line}:{self.column}: {self.words.vi} / {self.words.en}"


class FaultError(Exception):
    """A part that cannot be used; carries its fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


def fault(node: Node, vi: str, en: str) -> Fault:
    """A fault of a node."""
    return Fault(node.start_mark.line + 1, node.start_mark.column + 1, Words(vi, en))


def compose(text: str) -> Node | None:
    """The top of a document, None of an empty one. Raises FaultError."""
    try:
        top: Node | None = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        said = " ".join(str(error.problem or error.context).split())
        raise FaultError(Fault(line, column, Words(f"không phải YAML: {said}.", f"not YAML: {said}."))) from error
    except RecursionError as error:
        raise FaultError(Fault(1, 1, Words("lồng quá sâu.", "nested too deep."))) from error
    except YAMLError as error:
        said = " ".join(str(error).split())
        raise FaultError(Fault(1, 1, Words(f"không phải YAML: {said}.", f"not YAML: {said}."))) from error
    if top is not None:
        _check(top, set(), 1)
    return top


class Table:
    """A mapping, from which keys are taken one after the other; what is left over is unknown."""

    def __init__(self, node: Node, faults: list[Fault]) -> None:
        """Faults are added to `faults`. Raises FaultError when the node is no mapping."""
        if not isinstance(node, MappingNode):
            raise FaultError(
                fault(node, "chỗ này phải là các cặp “khóa: giá trị”.", "this must be `key: value` pairs.")
            )
        self.node = node
        self._faults = faults
        self._keys: dict[str, tuple[Node, Node]] = {}
        self._known: list[str] = []
        for key, value in node.value:
            name = _text(key)
            if name in self._keys:
                faults.append(fault(key, f"khóa “{name}” viết hai lần.", f'the key "{name}" stands twice.'))
            self._keys[name] = (key, value)

    def node_of(self, name: str) -> Node | None:
        """The value of a key, None when it is missing."""
        self._known.append(name)
        found = self._keys.get(name)
        return None if found is None else found[1]

    def take(self, name: str, parser: Parser[Value], default: Value) -> Value:
        """The value of a key, or the default when it is missing or wrong."""
        node = self.node_of(name)
        return default if node is None else self._parsed(node, parser, default)

    def need(self, name: str, parser: Parser[Value], stand_in: Value) -> Value:
        """The value of a key that must be there."""
        node = self.node_of(name)
        if node is not None:
            return self._parsed(node, parser, stand_in)
        self._faults.append(fault(self.node, f"thiếu khóa “{name}”.", f'the key "{name}" is missing.'))
        return stand_in

    def several(self, name: str, parser: Parser[Value]) -> tuple[Value, ...]:
        """The values of a list, or of a single word in its place."""
        node = self.node_of(name)
        if node is None:
            return ()
        nodes = node.value if isinstance(node, SequenceNode) else [node]
        found = (self._parsed(one, parser, None) for one in nodes)
        return tuple(one for one in found if one is not None)

    def where(self, name: str) -> Node:
        """The node to point at when a key is wrong: its value, or the whole when it is missing."""
        found = self._keys.get(name)
        return self.node if found is None else found[1]

    def close(self, known: Iterable[str] = ()) -> None:
        """Report the keys that nobody asked for."""
        names = sorted({*self._known, *known})
        for name, (key, _) in self._keys.items():
            if name not in names:
                hint, listed = meant(name, names), ", ".join(names)
                self._faults.append(
                    fault(
                        key,
                        f"không có khóa “{name}”.{hint.vi} Ở đây có: {listed}.",
                        f'there is no key "{name}".{hint.en} Known here: {listed}.',
                    )
                )

    def _parsed(self, node: Node, parser: Parser[Value], default: Value) -> Value:
        try:
            return parser(_text(node))
        except BadCellError as error:
            self._faults.append(fault(node, error.words.vi, error.words.en))
        except FaultError as error:
            self._faults.append(error.fault)
        return default


def items(node: Node) -> Iterator[Node]:
    """The entries of a list. Raises FaultError when the node is none."""
    if not isinstance(node, SequenceNode):
        raise FaultError(
            fault(
                node,
                "chỗ này phải là danh sách, mỗi mục bắt đầu bằng “-”.",
                'this must be a list, each entry after a "-".',
            )
        )
    yield from node.value


def _text(node: Node) -> str:
    if not isinstance(node, ScalarNode):
        raise FaultError(fault(node, "chỗ này phải là một giá trị đơn.", "this must be a single value."))
    return str(node.value).strip()


def _check(node: Node, seen: set[int], depth: int) -> None:
    """A rule file refers to nothing twice and is not deep: what does so is not one."""
    if id(node) in seen:
        raise FaultError(fault(node, "không dùng bí danh (&, *).", "aliases (&, *) are not used here."))
    seen.add(id(node))
    if depth > DEEPEST:
        raise FaultError(fault(node, "lồng quá sâu.", "nested too deep."))
    if isinstance(node, MappingNode):
        for pair in node.value:
            for part in pair:
                _check(part, seen, depth + 1)
    elif isinstance(node, SequenceNode):
        for part in node.value:
            _check(part, seen, depth + 1)
