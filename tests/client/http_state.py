"""The cases of the IETF http-state working group's suite, as data.

From `tests/data/parser.json` of github.com/abarth/http-state (the suite behind RFC 6265), which
web-platform-tests carries on as `cookies/http-state`. Each case is the `Set-Cookie` lines of one
answer from `SET_AT`, and the `Cookie` line of a request to `SENT_TO` afterwards, or to the path or
address that stands third. Years that were to come when the suite was written are put off by 80,
and ORDERING0001 has RFC 6265's order, by path first, which `parser.json` does not keep to.
"""

from __future__ import annotations

from typing import NamedTuple

SET_AT = "http://home.example.org:8888/cookie-parser"
SENT_TO = "http://home.example.org:8888/cookie-parser-result"


class Case(NamedTuple):
    received: tuple[str, ...]
    sent: str
    to: str = SENT_TO


_R = "/cookie-parser-result"
_FESTIVAL = "春节回家路·春运完全手册"


def _case(received: str | tuple[str, ...], sent: str = "", to: str = "") -> Case:
    lines = (received,) if isinstance(received, str) else received
    if to.startswith("/"):
        to = f"http://home.example.org:8888{to}"
    elif to:
        to = f"http://{to}:8888/cookie-parser-result"
    return Case(lines, sent, to or SENT_TO)


_GENERAL = {
    "0001": _case("foo=bar", "foo=bar"),
    "0002": _case("foo=bar; Expires=Fri, 07 Aug 2099 08:04:19 GMT", "foo=bar"),
    "0003": _case(
        (
            "foo=bar; Expires=Fri, 07 Aug 2007 08:04:19 GMT",
            "foo2=bar2; Expires=Fri, 07 Aug 2097 08:04:19 GMT",
        ),
        "foo2=bar2",
    ),
    "0004": _case("foo"),
    "0005": _case("foo=bar; max-age=10000;", "foo=bar"),
    "0006": _case("foo=bar; max-age=0;"),
    "0007": _case("foo=bar; version=1;", "foo=bar"),
    "0008": _case("foo=bar; version=1000;", "foo=bar"),
    "0009": _case("foo=bar; customvalue=1000;", "foo=bar"),
    "0010": _case("foo=bar; secure;"),
    "0011": _case('foo=bar; customvalue="1000 or more";', "foo=bar"),
    "0012": _case('foo=bar; customvalue="no trailing semicolon"', "foo=bar"),
    "0013": _case(("foo=bar", "foo=qux"), "foo=qux"),
    "0014": _case(("foo1=bar", "foo2=qux"), "foo1=bar; foo2=qux"),
    "0015": _case(("a=b", "z=y"), "a=b; z=y"),
    "0016": _case(("z=y", "a=b"), "z=y; a=b"),
    "0017": _case("z=y, a=b", "z=y, a=b"),
    "0018": _case("z=y; foo=bar, a=b", "z=y"),
    "0019": _case("foo=b;max-age=3600, c=d;path=/", "foo=b"),
    "0020": _case(("a=b", "=", "c=d"), "a=b; c=d"),
    "0021": _case(("a=b", "=x", "c=d"), "a=b; c=d"),
    "0022": _case(("a=b", "x=", "c=d"), "a=b; x=; c=d"),
    "0023": _case(("foo", "")),
    "0024": _case(("foo", "=")),
    "0025": _case(("foo", "; bar")),
    "0026": _case(("foo", "   ")),
    "0027": _case(("foo", "bar")),
    "0028": _case(("foo", "\t")),
}

_ATTRIBUTE = {
    "ATTRIBUTE0001": _case("foo=bar; Secure"),
    "ATTRIBUTE0002": _case("foo=bar; seCURe"),
    "ATTRIBUTE0003": _case('foo=bar; "Secure"', "foo=bar"),
    "ATTRIBUTE0004": _case("foo=bar; Secure="),
    "ATTRIBUTE0005": _case("foo=bar; Secure=aaaa"),
    "ATTRIBUTE0006": _case("foo=bar; Secure qux", "foo=bar"),
    "ATTRIBUTE0007": _case("foo=bar; Secure =aaaaa"),
    "ATTRIBUTE0008": _case("foo=bar; Secure= aaaaa"),
    "ATTRIBUTE0009": _case("foo=bar; Secure; qux"),
    "ATTRIBUTE0010": _case("foo=bar; Secure;qux"),
    "ATTRIBUTE0011": _case("foo=bar; Secure    ; qux"),
    "ATTRIBUTE0012": _case("foo=bar;                Secure"),
    "ATTRIBUTE0013": _case("foo=bar;       Secure     ;"),
    "ATTRIBUTE0014": _case("foo=bar; Path", "foo=bar"),
    "ATTRIBUTE0015": _case("foo=bar; Path=", "foo=bar"),
    "ATTRIBUTE0016": _case("foo=bar; Path=/", "foo=bar"),
    "ATTRIBUTE0017": _case("foo=bar; Path=/qux"),
    "ATTRIBUTE0018": _case("foo=bar; Path    =/qux"),
    "ATTRIBUTE0019": _case("foo=bar; Path=    /qux"),
    "ATTRIBUTE0020": _case("foo=bar; Path=/qux      ; taz"),
    "ATTRIBUTE0021": _case("foo=bar; Path=/qux; Path=/", "foo=bar"),
    "ATTRIBUTE0022": _case("foo=bar; Path=/; Path=/qux"),
    "ATTRIBUTE0023": _case(f"foo=bar; Path=/qux; Path={_R}", "foo=bar"),
    "ATTRIBUTE0024": _case(f"foo=bar; Path={_R}; Path=/qux"),
    "ATTRIBUTE0025": _case("foo=bar; qux; Secure"),
    "ATTRIBUTE0026": _case('foo=bar; qux="aaa;bbb"; Secure'),
}

_CHARSET = {
    "CHARSET0001": _case(f"foo={_FESTIVAL}", f"foo={_FESTIVAL}"),
    "CHARSET0002": _case("春节回=家路·春运完全手册", "春节回=家路·春运完全手册"),
    "CHARSET0003": _case("春节回=家路·春运; 完全手册", "春节回=家路·春运"),
    "CHARSET0004": _case(f'foo="{_FESTIVAL}"', f'foo="{_FESTIVAL}"'),
}

_CHROMIUM = {
    "CHROMIUM0001": _case("a=b", "a=b"),
    "CHROMIUM0002": _case('aBc="zzz "   ;', 'aBc="zzz "'),
    "CHROMIUM0003": _case('aBc="zzz " ;', 'aBc="zzz "'),
    "CHROMIUM0004": _case('aBc="zz;pp" ; ;', 'aBc="zz'),
    "CHROMIUM0005": _case('aBc="zz ;', 'aBc="zz'),
    "CHROMIUM0006": _case('aBc="zzz "   "ppp"  ;', 'aBc="zzz "   "ppp"'),
    "CHROMIUM0007": _case('aBc="zzz "   "ppp" ;', 'aBc="zzz "   "ppp"'),
    "CHROMIUM0008": _case('aBc=A"B ;', 'aBc=A"B'),
    "CHROMIUM0009": _case("BLAHHH; path=/;"),
    "CHROMIUM0010": _case('"BLA\\"HHH"; path=/;'),
    "CHROMIUM0011": _case('a="B', 'a="B'),
    "CHROMIUM0012": _case("=ABC"),
    "CHROMIUM0013": _case("ABC=;  path = /", "ABC="),
    "CHROMIUM0014": _case("  A  = BC  ;foo;;;   bar", "A=BC"),
    "CHROMIUM0015": _case("  A=== BC  ;foo;;;   bar", "A=== BC"),
    "CHROMIUM0016": _case(
        'foo="zohNumRKgI0oxyhSsV3Z7D"  ; expires=Sun, 18-Apr-2097 21:06:29 GMT ; path=/  ;  ',
        'foo="zohNumRKgI0oxyhSsV3Z7D"',
    ),
    "CHROMIUM0017": _case(
        "foo=zohNumRKgI0oxyhSsV3Z7D  ; expires=Sun, 18-Apr-2097 21:06:29 GMT ; path=/  ;  ",
        "foo=zohNumRKgI0oxyhSsV3Z7D",
    ),
    "CHROMIUM0018": _case("    "),
    "CHROMIUM0019": _case("a" * 4097),
    "CHROMIUM0021": _case(""),
}

_COMMA = {
    "COMMA0001": _case("foo=bar, baz=qux", "foo=bar, baz=qux"),
    "COMMA0002": _case('foo="bar, baz=qux"', 'foo="bar, baz=qux"'),
    "COMMA0003": _case("foo=bar; b,az=qux", "foo=bar"),
    "COMMA0004": _case("foo=bar; baz=q,ux", "foo=bar"),
    "COMMA0005": _case("foo=bar; Max-Age=50,399", "foo=bar"),
    "COMMA0006": _case("foo=bar; Expires=Fri, 07 Aug 2099 08:04:19 GMT", "foo=bar"),
    "COMMA0007": _case("foo=bar; Expires=Fri 07 Aug 2099 08:04:19 GMT, baz=qux", "foo=bar"),
}

_DISABLED = {
    "DISABLED_CHROMIUM0020": _case("a" * 4096),
    "DISABLED_CHROMIUM0022": _case("AAA=BB\0ZYX", "AAA=BB"),
    "DISABLED_CHROMIUM0023": _case("AAA=BB\rZYX", "AAA=BB"),
    "DISABLED_PATH0029": _case(f"foo=bar; path={_R}/foo/bar", "foo=bar", f"{_R}/f%6Fo/bar"),
}

_HOME, _BELOW, _SIBLING = "home.example.org", "subdomain.home.example.org", "sibling.example.org"
_BOTH = ("foo=bar; domain=home.example.org", "foo2=bar2; domain=.home.example.org")
_WIDE = ("foo=bar; domain=home.example.org", "foo2=bar2; domain=.example.org")

_DOMAIN = {
    "DOMAIN0001": _case("foo=bar; domain=home.example.org", "foo=bar", _HOME),
    "DOMAIN0002": _case("foo=bar; domain=home.example.org", "", _SIBLING),
    "DOMAIN0003": _case("foo=bar; domain=.home.example.org", "foo=bar", _HOME),
    "DOMAIN0004": _case("foo=bar; domain=home.example.org", "foo=bar", _BELOW),
    "DOMAIN0005": _case("foo=bar; domain=.home.example.org", "foo=bar", _BELOW),
    "DOMAIN0006": _case("foo=bar; domain=.home.example.org", "", _SIBLING),
    "DOMAIN0007": _case("foo=bar; domain=sibling.example.org", "", _SIBLING),
    "DOMAIN0008": _case("foo=bar; domain=.example.org", "foo=bar", _HOME),
    "DOMAIN0009": _case("foo=bar; domain=example.org", "foo=bar", _HOME),
    "DOMAIN0010": _case("foo=bar; domain=..home.example.org", "", _HOME),
    "DOMAIN0011": _case("foo=bar; domain=home..example.org", "", _HOME),
    "DOMAIN0012": _case("foo=bar; domain=  .home.example.org", "foo=bar", _HOME),
    "DOMAIN0013": _case("foo=bar; domain=  .  home.example.org", "", _HOME),
    "DOMAIN0014": _case("foo=bar; domain=home.example.org.", "", _HOME),
    "DOMAIN0015": _case("foo=bar; domain=home.example.org..", "", _HOME),
    "DOMAIN0016": _case("foo=bar; domain=home.example.org .", "", _HOME),
    "DOMAIN0017": _case("foo=bar; domain=.org", "", _HOME),
    "DOMAIN0018": _case("foo=bar; domain=.org.", "", _HOME),
    "DOMAIN0019": _case(_BOTH, "foo=bar; foo2=bar2", _HOME),
    "DOMAIN0020": _case(_BOTH[::-1], "foo2=bar2; foo=bar", _HOME),
    "DOMAIN0021": _case('foo=bar; domain="home.example.org"', "", _HOME),
    "DOMAIN0022": _case(_WIDE, "foo=bar; foo2=bar2", _HOME),
    "DOMAIN0023": _case(_WIDE[::-1], "foo2=bar2; foo=bar", _HOME),
    "DOMAIN0024": _case("foo=bar; domain=.example.org; domain=home.example.org", "", _SIBLING),
    "DOMAIN0025": _case(
        "foo=bar; domain=home.example.org; domain=.example.org", "foo=bar", _SIBLING
    ),
    "DOMAIN0026": _case("foo=bar; domain=home.eXaMpLe.org", "foo=bar", _HOME),
    "DOMAIN0027": _case("foo=bar; domain=home.example.org:8888", "", _HOME),
    "DOMAIN0028": _case("foo=bar; domain=subdomain.home.example.org", "", _BELOW),
    "DOMAIN0029": _case("foo=bar", "", _BELOW),
    "DOMAIN0031": _case(
        "foo=bar; domain=home.example.org; domain=.example.org", "foo=bar", _SIBLING
    ),
    "DOMAIN0033": _case("foo=bar; domain=home.example.org", "foo=bar", "hoMe.eXaMplE.org"),
    "DOMAIN0034": _case("foo=bar; domain=home.example.org; domain=home.example.com", "", _HOME),
    "DOMAIN0035": _case(
        "foo=bar; domain=home.example.com; domain=home.example.org", "foo=bar", _HOME
    ),
    "DOMAIN0036": _case(
        "foo=bar; domain=home.example.org; domain=home.example.com; domain=home.example.org",
        "foo=bar",
        _HOME,
    ),
    "DOMAIN0037": _case(
        "foo=bar; domain=home.example.com; domain=home.example.org; domain=home.example.com",
        "",
        _HOME,
    ),
    "DOMAIN0038": _case(
        "foo=bar; domain=home.example.org; domain=home.example.org", "foo=bar", _HOME
    ),
    "DOMAIN0039": _case("foo=bar; domain=home.example.org; domain=example.org", "foo=bar", _HOME),
    "DOMAIN0040": _case("foo=bar; domain=example.org; domain=home.example.org", "foo=bar", _HOME),
    "DOMAIN0041": _case("foo=bar; domain=.sibling.example.org", "", _SIBLING),
    "DOMAIN0042": _case("foo=bar; domain=.sibling.home.example.org", "", f"sibling.{_HOME}"),
    "OPTIONAL_DOMAIN0030": _case("foo=bar; domain=", "foo=bar", _HOME),
    "OPTIONAL_DOMAIN0041": _case("foo=bar; domain=example.org; domain=", "foo=bar", _HOME),
    "OPTIONAL_DOMAIN0042": _case("foo=bar; domain=foo.example.org; domain=", "", _HOME),
    "OPTIONAL_DOMAIN0043": _case("foo=bar; domain=foo.example.org; domain=", "", _BELOW),
}

_MOZILLA = {
    "MOZILLA0001": _case("foo=bar; max-age=-1"),
    "MOZILLA0002": _case("foo=bar; max-age=0"),
    "MOZILLA0003": _case("foo=bar; expires=Thu, 10 Apr 1980 16:33:12 GMT"),
    "MOZILLA0004": _case("foo=bar; max-age=60", "foo=bar"),
    "MOZILLA0005": _case("foo=bar; max-age=-20"),
    "MOZILLA0006": _case("foo=bar; max-age=60", "foo=bar"),
    "MOZILLA0007": _case("foo=bar; expires=Thu, 10 Apr 1980 16:33:12 GMT"),
    "MOZILLA0008": _case(("foo=bar; max-age=60", "foo1=bar; max-age=60"), "foo=bar; foo1=bar"),
    "MOZILLA0009": _case(
        ("foo=bar; max-age=60", "foo1=bar; max-age=60", "foo=differentvalue; max-age=0"), "foo1=bar"
    ),
    "MOZILLA0010": _case(
        (
            "foo=bar; max-age=60",
            "foo1=bar; max-age=60",
            "foo=differentvalue; max-age=0",
            "foo2=evendifferentvalue; max-age=0",
        ),
        "foo1=bar",
    ),
    "MOZILLA0011": _case(
        "test=parser; domain=.parser.test; ;; ;=; ,,, ===,abc,=; abracadabra! max-age=20;=;;"
    ),
    "MOZILLA0012": _case(
        ('test="fubar! = foo;bar\\";" parser; max-age=6', "five; max-age=2.63,"),
        'test="fubar! = foo',
    ),
    "MOZILLA0013": _case(("test=kill; max-age=0", "five; max-age=0")),
    "MOZILLA0014": _case("six"),
    "MOZILLA0015": _case(("six", "seven")),
    "MOZILLA0016": _case(("six", "seven", " =eight")),
    "MOZILLA0017": _case(("six", "seven", " =eight", "test=six"), "test=six"),
}

_NAME = {
    "NAME0001": _case("a=bar", "a=bar"),
    "NAME0002": _case("1=bar", "1=bar"),
    "NAME0003": _case("$=bar", "$=bar"),
    "NAME0004": _case("!a=bar", "!a=bar"),
    "NAME0005": _case("@a=bar", "@a=bar"),
    "NAME0006": _case("#a=bar", "#a=bar"),
    "NAME0007": _case("$a=bar", "$a=bar"),
    "NAME0008": _case("%a=bar", "%a=bar"),
    "NAME0009": _case("^a=bar", "^a=bar"),
    "NAME0010": _case("&a=bar", "&a=bar"),
    "NAME0011": _case("*a=bar", "*a=bar"),
    "NAME0012": _case("(a=bar", "(a=bar"),
    "NAME0013": _case(")a=bar", ")a=bar"),
    "NAME0014": _case("-a=bar", "-a=bar"),
    "NAME0015": _case("_a=bar", "_a=bar"),
    "NAME0016": _case("+=bar", "+=bar"),
    "NAME0017": _case("=a=bar"),
    "NAME0018": _case("a =bar", "a=bar"),
    "NAME0019": _case('"a=bar', '"a=bar'),
    "NAME0020": _case('"a=b"=bar', '"a=b"=bar'),
    "NAME0021": _case(('"a=b"=bar', '"a=qux'), '"a=qux'),
    "NAME0022": _case("   foo=bar", "foo=bar"),
    "NAME0023": _case("foo;bar=baz"),
    "NAME0024": _case("$Version=1; foo=bar", "$Version=1"),
    "NAME0025": _case("===a=bar"),
    "NAME0026": _case("foo=bar    ", "foo=bar"),
    "NAME0027": _case("foo=bar    ;", "foo=bar"),
    "NAME0028": _case("=a"),
    "NAME0029": _case("="),
    "NAME0030": _case("foo bar=baz", "foo bar=baz"),
    "NAME0031": _case('"foo;bar"=baz'),
    "NAME0032": _case(('"foo\\"bar', '"foo\\"bar;baz"=qux')),
    "NAME0033": _case(("=foo=bar", "aaa")),
}

_PATH = {
    "ORDERING0001": _case(
        (
            "key=val0;",
            f"key=val1; path={_R}",
            "key=val2; path=/",
            "key=val3; path=/bar",
            "key=val4; domain=.example.org",
            f"key=val5; domain=.example.org; path={_R}/foo",
        ),
        "key=val5; key=val1; key=val2; key=val4",
        f"{_R}/foo/baz",
    ),
    "PATH0001": _case(("a=b; path=/", f"x=y; path={_R}"), "x=y; a=b"),
    "PATH0002": _case((f"a=b; path={_R}", "x=y; path=/"), "a=b; x=y"),
    "PATH0003": _case(("x=y; path=/", f"a=b; path={_R}"), "a=b; x=y"),
    "PATH0004": _case((f"x=y; path={_R}", "a=b; path=/"), "x=y; a=b"),
    "PATH0005": _case(f"foo=bar; path={_R}/foo"),
    "PATH0006": _case(("foo=bar", f"foo=qux; path={_R}/foo"), "foo=bar"),
    "PATH0007": _case(f"foo=bar; path={_R}/foo", "foo=bar", f"{_R}/foo"),
    "PATH0008": _case(f"foo=bar; path={_R}/foo", "", f"{_R}/bar"),
    "PATH0009": _case(f"foo=bar; path={_R}/foo/qux", "", f"{_R}/foo"),
    "PATH0010": _case(f"foo=bar; path={_R}/foo/qux", "foo=bar", f"{_R}/foo/qux"),
    "PATH0011": _case(f"foo=bar; path={_R}/foo/qux", "", f"{_R}/bar/qux"),
    "PATH0012": _case(f"foo=bar; path={_R}/foo/qux", "", f"{_R}/foo/baz"),
    "PATH0013": _case(f"foo=bar; path={_R}/foo/qux/", "", f"{_R}/foo/baz"),
    "PATH0014": _case(f"foo=bar; path={_R}/foo/qux/", "", f"{_R}/foo/qux"),
    "PATH0015": _case(f"foo=bar; path={_R}/foo/qux/", "foo=bar", f"{_R}/foo/qux/"),
    "PATH0016": _case(f"foo=bar; path={_R}/foo/", "foo=bar", f"{_R}/foo/qux"),
    "PATH0017": _case(f"foo=bar; path={_R}/foo/", "foo=bar", f"{_R}/foo//qux"),
    "PATH0018": _case(f"foo=bar; path={_R}/foo/", "", f"{_R}/fooqux"),
    "PATH0019": _case("foo=bar; path", "foo=bar"),
    "PATH0020": _case("foo=bar; path=", "foo=bar"),
    "PATH0021": _case("foo=bar; path=/", "foo=bar"),
    "PATH0022": _case("foo=bar; path= /", "foo=bar"),
    "PATH0023": _case("foo=bar; Path=/cookie-PARSER-result"),
    "PATH0024": _case(f"foo=bar; path={_R}/foo/qux?", "", f"{_R}/foo/qux"),
    "PATH0025": _case(f"foo=bar; path={_R}/foo/qux#", "", f"{_R}/foo/qux"),
    "PATH0026": _case(f"foo=bar; path={_R}/foo/qux;", "foo=bar", f"{_R}/foo/qux"),
    "PATH0027": _case(f'foo=bar; path="{_R}/foo/qux;"', "foo=bar", f"{_R}/foo/qux"),
    "PATH0028": _case(f"foo=bar; path={_R}/f%6Fo/bar", "", f"{_R}/foo/bar"),
    "PATH0029": _case(
        (f"a=b;       path    =       {_R}   ", "x=y;       path    =       /book   "), "a=b"
    ),
    "PATH0030": _case("foo=bar; path=/dog; path=", "foo=bar"),
    "PATH0031": _case("foo=bar; path=; path=/dog"),
    "PATH0032": _case(
        (f"foo=bar; path={_R}", f"foo=qux; path={_R}/"), "foo=qux; foo=bar", f"{_R}/dog"
    ),
}

_VALUE = {
    "VALUE0001": _case("foo=  bar", "foo=bar"),
    "VALUE0002": _case('foo="bar"', 'foo="bar"'),
    "VALUE0003": _case('foo="  bar "', 'foo="  bar "'),
    "VALUE0004": _case('foo="bar;baz"', 'foo="bar'),
    "VALUE0005": _case('foo="bar=baz"', 'foo="bar=baz"'),
    "VALUE0006": _case("   foo     =       bar             ;       ttt", "foo=bar"),
}

CASES: dict[str, Case] = {
    **_GENERAL,
    **_ATTRIBUTE,
    **_CHARSET,
    **_CHROMIUM,
    **_COMMA,
    **_DISABLED,
    **_DOMAIN,
    **_MOZILLA,
    **_NAME,
    **_PATH,
    **_VALUE,
}
