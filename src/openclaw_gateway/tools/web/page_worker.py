"""The process that reads one page: an order as JSON in its only argument, HTML on stdin, one JSON answer on stdout.

Started by `page.py`; it knows nothing of the gateway and ends with the page.
"""

import re
import sys
from html import unescape

import html_to_markdown
import msgspec

from openclaw_gateway.attachments.confined_process import confine
from openclaw_gateway.tools.web.page import Page, PageOrder
from openclaw_gateway.tools.web.web_text import decode_web_text

MAX_MEMORY_BYTES = 512 * 1024 * 1024
MAX_CPU_S = 8
MAX_TITLE_CHARS = 300

# What surrounds a text, in the words of HTML and of ARIA.
_AROUND = (
    "nav", "footer", "aside", "form", "dialog", "svg", "[role=navigation]", "[role=banner]", "[role=contentinfo]",
    "[role=complementary]", "[role=search]", "[role=dialog]", "[aria-hidden=true]",
)  # fmt: skip
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([a-zA-Z0-9_-]{1,40})", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,2000})", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n{3,}")


def read_page(content: bytes, order: PageOrder) -> Page:
    """The text of a page, without scripts, styles and what nobody would see."""
    declared = _META_CHARSET.search(content[:4096])
    html = decode_web_text(content, order.charset or (declared[1].decode() if declared else ""))
    options = html_to_markdown.ConversionOptions(
        output_format="plain" if order.mode == "text" else "markdown",
        hidden_content="drop",
        inline_data_media="drop_element",
        extract_metadata=False,
        exclude_selectors=list(_AROUND) if order.only_main else [],
        skip_images=order.mode == "text",
    )
    result = html_to_markdown.convert(html, options)
    found = _TITLE.search(html)
    title = unescape(found[1]) if found else ""
    text = _BLANK_LINES.sub("\n\n", result.content or "").strip()
    return Page(" ".join(title.split())[:MAX_TITLE_CHARS], text[: order.max_chars], len(text))


def main() -> None:
    """Read one page, say what it says."""
    confine(max_memory_bytes=MAX_MEMORY_BYTES, max_cpu_s=MAX_CPU_S)
    order = msgspec.json.decode(sys.argv[1], type=PageOrder)
    sys.stdout.buffer.write(msgspec.json.encode(read_page(sys.stdin.buffer.read(), order)))


if __name__ == "__main__":
    main()
