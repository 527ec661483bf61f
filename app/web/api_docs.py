"""The page that explains the API, made from its schema: what the schema says is there stands on it. Pure."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

__all__ = ["describe", "style"]

_Schema = Mapping[str, Any]  # a part of an OpenAPI document, as it is written there
_NO_BOUND = 10**9  # only keeps numbers within reason
_BOUNDS = (
    ("minimum", "At least {:,}."),
    ("maximum", "At most {:,}."),
    ("maxLength", "At most {:,} characters."),
    ("maxItems", "At most {:,} of them."),
)


def style() -> str:
    """The look of the page."""
    return resources.files("app.web").joinpath("api.css").read_text(encoding="utf-8")


def describe(schema: _Schema) -> str:
    """The page of an OpenAPI document."""
    info, base = schema["info"], next((s["url"] for s in schema.get("servers", ())), "/api/v1")
    told = [(f"{base}{path}", m, o) for path, methods in schema["paths"].items() for m, o in methods.items()]
    types: _Schema = schema["components"]["schemas"]
    kinds = {n: t for n, t in types.items() if "properties" in t and not n.startswith(("HTTP", "Validation"))}
    contents = "".join(
        f'<li><a href="#{_anchor(m, p)}"><code>{m.upper()} {_e(p)}</code></a> {_e(o["summary"])}</li>'
        for p, m, o in told
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{_e(info["title"])}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" '
        f'href="/api/style.css"></head><body><main><p class="eyebrow">Version {_e(info["version"])}</p>'
        f"<h1>{_e(info['title'])}</h1><p>{_prose(info['description'])}</p>"
        f'<p>The schema for programs: <a href="{_e(base)}/openapi.json"><code>{_e(base)}/openapi.json</code></a></p>'
        f"<nav aria-label='Contents'><ul>{contents}</ul></nav>"
        f"{''.join(_operation(p, m, o, types) for p, m, o in told)}"
        f"<h2>Shapes</h2>{''.join(_shape(n, t) for n, t in sorted(kinds.items()))}</main></body></html>"
    )


def _operation(path: str, method: str, told: _Schema, types: _Schema) -> str:
    sent = _content(told.get("requestBody", {}))
    rows = [_parameter(p) for p in told.get("parameters", ())]
    if sent and "$ref" in sent:
        rows += _fields(types[_name(sent["$ref"])])
    answers = "".join(_response(status, r) for status, r in sorted(told["responses"].items()))
    return (
        f'<section id="{_anchor(method, path)}"><h2>{_e(told["summary"])}</h2>'
        f'<p class="route"><b>{method.upper()}</b> <code>{_e(path)}</code></p>'
        f"<p>{_prose(told.get('description', ''))}</p>{_table('It takes', rows)}"
        f"<h3>It answers with</h3><dl>{answers}</dl>{_example(path, method, sent, types)}</section>"
    )


def _example(path: str, method: str, sent: _Schema | None, types: _Schema) -> str:
    if not sent or "$ref" not in sent:
        return ""
    example: object = next(iter(types[_name(sent["$ref"])].get("examples", ())), {})
    body = json.dumps(example, ensure_ascii=False)
    command = f"curl -X {method.upper()} http://127.0.0.1:7860{path} -H 'Content-Type: application/json' -d '{body}'"
    return f"<h3>For example</h3><pre><code>{_e(command)}</code></pre>"


def _response(status: str, told: _Schema) -> str:
    kind = _kind(_content(told) or {})
    named = f" {kind}" if kind and status == "200" else ""
    words = "" if told["description"] == "Successful Response" else told["description"]
    return f"<dt>{_e(status)}{named}</dt><dd>{_prose(words)}</dd>"


def _shape(name: str, told: _Schema) -> str:
    words = told.get("description", "")
    return f'<section id="{_e(name)}"><h3>{_e(name)}</h3><p>{_prose(words)}</p>{_table("", _fields(told))}</section>'


def _fields(told: _Schema) -> list[tuple[str, str, str]]:
    needed = told.get("required", ())
    return [(n, _kind(p), _words(p, n in needed)) for n, p in told.get("properties", {}).items()]


def _parameter(told: _Schema) -> tuple[str, str, str]:
    schema = {"description": told.get("description", ""), **told["schema"]}
    return told["name"], _kind(told["schema"]), _words(schema, told.get("required", False))


def _words(told: _Schema, needed: bool) -> str:
    """What is said of a field: its meaning, its bounds, and what holds without it."""
    bounds = {**{k: v for branch in told.get("anyOf", ()) for k, v in branch.items()}, **told}
    said = [words.format(bounds[name]) for name, words in _BOUNDS if 0 < bounds.get(name, 0) < _NO_BOUND]
    if "default" in told and told["default"] not in (None, [], ""):
        said.append(f"{json.dumps(told['default'])} if left out.")
    return " ".join(p for p in (_prose(told.get("description", "")), _e(" ".join(said)), "<i>needed</i>" * needed) if p)


def _table(title: str, rows: list[tuple[str, str, str]]) -> str:
    if not rows:
        return ""
    body = "".join(f"<tr><th scope='row'><code>{_e(n)}</code></th><td>{k}</td><td>{w}</td></tr>" for n, k, w in rows)
    head = f"<h3>{title}</h3>" if title else ""
    return f"{head}<div class='wide'><table><tbody>{body}</tbody></table></div>"


def _kind(told: _Schema) -> str:
    """The type of a field, with a link where it is one of the shapes."""
    if "$ref" in told:
        name = _e(_name(told["$ref"]))
        return f'<a href="#{name}">{name}</a>'
    branches = told.get("anyOf", told.get("oneOf", ()))
    if branches:
        return " or ".join(dict.fromkeys(k for k in map(_kind, branches) if k))
    if "enum" in told or "const" in told:
        return " | ".join(f"<code>{_e(json.dumps(v))}</code>" for v in told.get("enum", [told.get("const")]))
    if "prefixItems" in told:
        return f"[{', '.join(_kind(i) for i in told['prefixItems'])}]"
    if told.get("type") == "array":
        return f"list of: {_kind(told.get('items', {}))}"
    return _e("day" if told.get("format") == "date" else str(told.get("type", "")))


def _content(told: _Schema) -> _Schema | None:
    """The schema of what is sent or answered, whatever its media type."""
    found: Iterator[_Schema] = (c["schema"] for c in told.get("content", {}).values() if c.get("schema"))
    return next(found, None)


def _prose(text: str) -> str:
    """`text` with what stands between backticks as code, and its paragraphs."""
    pieces = _e(text).replace("\n\n", "<br><br>").split("`")
    return "".join(f"<code>{p}</code>" if n % 2 else p for n, p in enumerate(pieces))


def _name(ref: str) -> str:
    return ref.rpartition("/")[2]


def _anchor(method: str, path: str) -> str:
    return _e(f"{method}{path.replace('/', '-')}")


def _e(text: str) -> str:
    return html.escape(text)
