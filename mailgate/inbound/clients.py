"""How mail programs enclose old text and signatures in HTML: a row for each program.

What is named here are values of the attributes `class`, `id` and `name`, in lower case, as the programs write them.
Old text that is marked by `blockquote type=cite`, as Apple Mail, Evolution, Horde and others do, needs no row. A word
that other writers use as well, such as `quote` or `signature`, is no mark: what it holds may be all that they say.
Nothing here decides: `html_text.py` reads the rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Marks = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The marks of one program.

    - `quotations`: elements that hold an earlier mail, or the line that introduces it.
    - `starts`: elements after which everything to the end is old: the program does not enclose what it quotes.
    - `signatures`: elements that hold a signature.
    """

    name: str
    quotations: Marks = ()
    starts: Marks = ()
    signatures: Marks = ()


CLIENTS: tuple[Client, ...] = (
    Client(
        name="Gmail",
        quotations=("gmail_quote", "gmail_quote_container", "gmail_extra", "gmail_attr"),
        signatures=("gmail_signature", "gmail_signature_prefix"),
    ),
    Client(
        name="Outlook, desktop",
        starts=("outlookmessageheader", "stopspelling"),
    ),
    Client(
        name="Outlook, web and Exchange",
        starts=("divrplyfwdmsg", "x_divrplyfwdmsg", "appendonsend", "x_appendonsend", "replysplit"),
    ),
    Client(
        name="Outlook, new",
        starts=("mail-editor-reference-message-container", "olk_src_body_section"),
        signatures=("ms-outlook-mobile-signature",),
    ),
    Client(
        name="Thunderbird",
        quotations=("moz-cite-prefix", "moz-forward-container", "moz-email-headers-table"),
        signatures=("moz-signature",),
    ),
    Client(name="Apple Mail", signatures=("applemailsignature",)),
    Client(
        name="Yahoo", quotations=("yahoo_quoted", "yahooquoted"), signatures=("ymail_android_signature",)
    ),
    Client(
        name="Proton", quotations=("protonmail_quote",), signatures=("protonmail_signature_block",)
    ),
    Client(name="Tuta", quotations=("tutanota_quote",)),
    Client(name="Zimbra", starts=("zwchr",)),
    Client(name="Zoho", quotations=("zmail_extra",)),
    Client(name="GMX", quotations=("quoted-content",)),
    Client(name="Roundcube", quotations=("reply-intro",), signatures=("_rc_sig", "v1_rc_sig")),
    Client(name="K-9 Mail", signatures=("k9mail-signature",)),
    Client(name="Samsung", signatures=("composer_signature",)),
    Client(
        name="Spark",
        quotations=("messagereplysection", "spark_quote"),
        signatures=("messagesignaturesection",),
    ),
    Client(name="Airmail", quotations=("airmail_on",), signatures=("bloop_sign",)),
    Client(name="NetEase", quotations=("isreplycontent", "isforwardcontent")),
    Client(name="Mail.ru", quotations=("mail-quote-collapse",)),
    Client(name="Freshdesk", quotations=("freshdesk_quote",)),
    Client(name="Front", quotations=("front-blockquote",), signatures=("front-signature",)),
    Client(name="Evolution", signatures=("-x-evo-signature",)),
    Client(name="Horde", signatures=("impcomposesignature",)),
    Client(name="WiseStamp", quotations=("wisestampquote",), signatures=("wisestamp_sig",)),
    Client(name="Telekom", quotations=("quotelvl1", "quotelvl2")),
)  # fmt: skip


def _all(marks: Callable[[Client], Marks]) -> frozenset[str]:
    return frozenset(mark for client in CLIENTS for mark in marks(client))


QUOTATIONS = _all(lambda client: client.quotations)
QUOTATION_STARTS = _all(lambda client: client.starts)
SIGNATURES = _all(lambda client: client.signatures)
