"""The text of an expression to its tree: operator precedence after Pratt."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from homeroom.ingest.mapping.lexer import SyntaxFault, Token, TokenKind, read_tokens
from homeroom.ingest.mapping.limits import (
    MAX_EXPRESSION_CHARACTERS,
    MAX_EXPRESSION_DEPTH,
    MAX_EXPRESSION_NODES,
)
from homeroom.ingest.mapping.syntax import (
    BINDING,
    MINUS_BINDING,
    NOT_BINDING,
    Binary,
    Call,
    Column,
    Constant,
    Expression,
    Inserted,
    Name,
    Number,
    Text,
    Unary,
    depth_of,
)

_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_TOO_DEEP: Final = "The expression is nested too deeply."
_RESERVED: Final = frozenset({"and", "or", "not"})


class _StopError(Exception):
    """Ends the reading at the first fault; never leaves this module."""

    def __init__(self, fault: SyntaxFault) -> None:
        super().__init__(fault.words)
        self.fault = fault


def parse_expression(text: str) -> Expression | SyntaxFault:
    """The tree of an expression (without its leading `=`), or its first fault and where it is."""
    if len(text) > MAX_EXPRESSION_CHARACTERS:
        words = f"The expression is longer than {MAX_EXPRESSION_CHARACTERS:,} characters."
        return SyntaxFault(words, 0, "Name parts of it under `let`.")
    tokens = read_tokens(text)
    if isinstance(tokens, SyntaxFault):
        return tokens
    try:
        return _Parser(tokens).whole()
    except _StopError as stop:
        return stop.fault


class _Parser:
    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0
        self._nodes = 0

    def whole(self) -> Expression:
        expression = self._expression(0)
        token = self._peek()
        if token.kind is not TokenKind.END:
            raise _stop(
                f"{_shown(token)} cannot follow here.", token, "Join values with & or another operator."
            )
        if depth_of(expression) > MAX_EXPRESSION_DEPTH:
            raise _stop(_TOO_DEEP, self._tokens[0], "Name parts of it under `let`.")
        return expression

    def _expression(self, least: int) -> Expression:
        self._depth += 1
        if self._depth > MAX_EXPRESSION_DEPTH:
            raise _stop(_TOO_DEEP, self._peek(), "Name parts of it under `let`.")
        left = self._prefix()
        while True:
            token = self._peek()
            operator = token.text.lower() if token.kind in (TokenKind.SYMBOL, TokenKind.NAME) else ""
            binding = BINDING.get(operator)
            if binding is None or binding < least:
                break
            self._take()
            left = self._counted(Binary(operator, left, self._expression(binding + 1), token.at))
        self._depth -= 1
        return left

    def _prefix(self) -> Expression:  # noqa: PLR0911 - one case a kind
        token = self._take()
        match token.kind:
            case TokenKind.TEXT:
                return self._counted(Text(token.template, token.at))
            case TokenKind.COLUMN:
                return self._counted(self._column(token))
            case TokenKind.NUMBER:
                return self._counted(Number(Decimal(token.text), token.at))
            case TokenKind.HOLE:
                (hole,) = token.template
                assert not isinstance(hole, str)  # noqa: S101 - the lexer's promise
                return self._counted(Inserted(hole, token.at))
            case TokenKind.NAME:
                return self._counted(self._named(token))
            case TokenKind.SYMBOL if token.text == "-":
                return self._counted(Unary("-", self._expression(MINUS_BINDING), token.at))
            case TokenKind.SYMBOL if token.text == "(":
                inner = self._expression(0)
                self._expect(")", opened=token)
                return inner
            case TokenKind.SYMBOL | TokenKind.END:
                words = (
                    "The expression ends too early."
                    if not token.text
                    else f"{_shown(token)} cannot stand here."
                )
                raise _stop(words, token, "A value is expected: a column, a text, a number or a function.")

    def _column(self, token: Token) -> Column:
        if not any(not isinstance(part, str) or part.strip() for part in token.template):
            raise _stop("[] names no column.", token, "Write the column's name between the brackets.")
        return Column(token.template, token.at)

    def _named(self, token: Token) -> Expression:
        word = token.text.lower()
        if word == "not":
            return Unary("not", self._expression(NOT_BINDING), token.at)
        if word in _RESERVED:
            raise _stop(f"'{token.text}' needs a value before it.", token, "")
        if self._peek().text == "(" and self._peek().kind is TokenKind.SYMBOL:
            return self._call(token)
        if word in _CONSTANTS:
            return Constant(_CONSTANTS[word], token.at)
        return Name(token.text, token.at)

    def _call(self, token: Token) -> Call:
        opened = self._take()
        arguments: list[Expression] = []
        while not self._is_symbol(")"):
            if arguments:
                self._expect(",", opened=opened)
            arguments.append(self._expression(0))
        self._take()
        return Call(token.text.lower(), tuple(arguments), token.at)

    def _counted(self, expression: Expression) -> Expression:
        self._nodes += 1
        if self._nodes > MAX_EXPRESSION_NODES:
            raise _stop("The expression has too many parts.", self._peek(), "Name parts of it under `let`.")
        return expression

    def _expect(self, symbol: str, *, opened: Token) -> None:
        token = self._take()
        if token.kind is TokenKind.SYMBOL and token.text == symbol:
            return
        if token.kind is TokenKind.END:
            raise _stop("This parenthesis is not closed.", opened, "Write ) where it ends.")
        raise _stop(f"{_shown(token)} cannot stand here; {symbol} is expected.", token, "")

    def _is_symbol(self, symbol: str) -> bool:
        token = self._peek()
        return token.kind is TokenKind.SYMBOL and token.text == symbol

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._tokens[self._next]
        if token.kind is not TokenKind.END:
            self._next += 1
        return token


def _stop(words: str, token: Token, remedy: str) -> _StopError:
    return _StopError(SyntaxFault(words, token.at, remedy))


def _shown(token: Token) -> str:
    names = {TokenKind.TEXT: "A text", TokenKind.COLUMN: "A column", TokenKind.HOLE: "{…}"}
    return names.get(token.kind, f"'{token.text}'")
