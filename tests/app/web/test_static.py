"""The style sheets of the page are one sheet once they are served: what one part is called, no other part may be."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import app.web

STATIC = Path(app.web.__file__).parent / "static"
# A class alone, in any state of it: what stands there says what the class is.
OWN = re.compile(r"[a-z]*\.(dl-[\w-]+)(?:[:\[][^\s.>+~]*)?")


def test_each_class_is_styled_by_one_file() -> None:
    files = defaultdict(set)
    for file in STATIC.glob("*.css"):
        text = re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
        for selectors in re.findall(r"([^{};]+)\{", text):
            for selector in selectors.split(","):
                if found := OWN.fullmatch(selector.strip()):
                    files[found[1]].add(file.name)
    assert len(files) > 100
    assert {name: at for name, at in files.items() if len(at) > 1} == {}
