"""The places of a C file that can be made wrong by a token or a statement. What is given back for each is its line, what is
done there, and the text that stands for a stretch of the file."""
import re
from collections import namedtuple

Place = namedtuple("Place", "line what begin end text")
TOKEN = re.compile(r"""(?P<blank>\s+|/\*.*?\*/|//[^\n]*|^[ \t]*\#(?:\\\n|[^\n])*)|(?P<text>"(?:\\.|[^"\\])*")|(?P<char>'(?:\\.|[^'\\])*')"""
                   r"""|(?P<name>[A-Za-z_]\w*)|(?P<number>\d[\w.]*)"""
                   r"""|(?P<sign><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)""", re.S | re.M | re.X)
OTHERS = {"<": ("<=", ">="), ">": (">=", "<="), "<=": ("<", ">"), ">=": (">", "<"), "==": ("!=",), "!=": ("==",), "&&": ("||",),
          "||": ("&&",), "+=": ("-=",), "-=": ("+=",), "++": ("--",), "--": ("++",), "true": ("false",), "false": ("true",),
          "break": ("continue",), "continue": ("break",)}
NO_STATEMENT = {"return", "if", "else", "for", "while", "do", "switch", "case", "default", "goto", "break", "continue", "static",
                "const", "struct", "enum", "union", "typedef", "extern", "int", "char", "bool", "void", "double", "float", "unsigned",
                "long", "sizeof", "assert", "json_auto_t"}


class Token:
    def __init__(self, found):
        self.kind, self.text, self.begin, self.end = found.lastgroup, found.group(), found.start(), found.end()


def closing(tokens, i):
    """The index of the bracket that closes the one at i."""
    depth = 0
    while i < len(tokens):
        depth += tokens[i].text in ("(", "[", "{")
        depth -= tokens[i].text in (")", "]", "}")
        if not depth:
            return i
        i += 1
    return None


def is_operand(token):
    return token.kind in ("name", "number", "char", "text") and token.text != "return" or token.text in (")", "]")


def statement_end(tokens, i):
    """Of an assignment, a call or a step that begins at i; None: something else does."""
    first, second = tokens[i], tokens[i + 1]
    if tokens[i - 1].text not in (";", "{", "}", ")", "else") or first.text in NO_STATEMENT:
        return None
    if not (first.kind == "name" and second.text in ("(", "=", "->", ".", "[", "++", "--", "+=", "-=", "|=", "&=") or
            first.text == "*" and tokens[i - 1].text != ")" or first.text in ("++", "--")):
        return None
    while tokens[i].text != ";":
        if tokens[i].text == "{" and tokens[i - 1].text != ")" and tokens[i - 1].text != "=":
            return None
        i = closing(tokens, i) if tokens[i].text in ("(", "[", "{") else i
        if i is None or i + 1 >= len(tokens):
            return None
        i += 1
    return i


def inside_functions(tokens):
    """Whether each token stands in the body of a function; what a macro that loops opens counts too."""
    until, told = -1, []
    for i, t in enumerate(tokens):
        if t.text == "{" and i > until and i and tokens[i - 1].text == ")":
            until = closing(tokens, i) or i
        told.append(i <= until)
    return told


def changes(tokens, i, inside):
    """(what, index of the last token, text) of all that can be done from the token at i on."""
    t, before, after = tokens[i], tokens[i - 1], tokens[i + 1]
    for other in OTHERS.get(t.text, ()):
        if t.kind == "sign" and t.text in "<>" and not (is_operand(before) and inside):
            continue
        yield f"{t.text} is {other}", i, other
    if t.text in ("+", "-", "/", "%") and is_operand(before) and is_operand(after):
        yield f"{t.text} is another", i, {"+": "-", "-": "+", "/": "*", "%": "/"}[t.text]
    if t.text == "-" and not is_operand(before):
        yield "no minus", i, ""
    if t.text == "!":
        yield "no !", i, ""
    if t.kind == "number" and re.fullmatch(r"\d+", t.text):
        n = int(t.text)
        for other in (n + 1, n - 1) if n <= 16 else (3 * n, n // 3):
            if other >= 0:
                yield f"{n} is {other}", i, str(other)
    if not inside:
        return
    if t.text in ("if", "while") and after.text == "(":
        end = closing(tokens, i + 1)
        yield f"{t.text} is turned", end, ("!",)
        if t.text == "if":
            yield "always", end, ("1 ||",)
        yield "never", end, ("0 &&",)
    if t.text == "return" and after.text != ";":
        end = next(k for k in range(i, len(tokens)) if tokens[k].text == ";")
        if end > i + 2 or tokens[i + 1].kind == "name" and tokens[i + 1].text not in ("true", "false", "NULL"):
            yield "0 is returned", end, "return 0;"
    end = statement_end(tokens, i)
    if end:
        yield "no statement", end, ";"


def places(source):
    tokens = [t for t in map(Token, TOKEN.finditer(source)) if t.kind != "blank"]
    inside = inside_functions(tokens)
    for i in range(1, len(tokens) - 1):
        for what, last, text in changes(tokens, i, inside[i]):
            begin, end = tokens[i].begin, tokens[last].end
            if isinstance(text, tuple):     # a condition, with something before it
                begin = tokens[i + 1].begin
                text = f"({text[0]} {source[begin:end]})"
            yield Place(source.count("\n", 0, begin) + 1, what, begin, end, text)
