"""Mails made to harm whoever reads them: bombs for time, memory and stack, and headers on which libraries raise.

Each is what somebody could send by an ordinary SMTP connection. Not here: what becomes of them.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from tests.inbound.mails import mail, multipart

MEGABYTE = 1_000_000


def fields(*lines: str, body: str | bytes = "Hello\n") -> bytes:
    """Return a mail with these lines in its header, which may replace the usual From."""
    octets = body.encode() if isinstance(body, str) else body
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape") + b"\n" + octets


def html(body: str) -> bytes:
    return mail(body, headers="Content-Type: text/html; charset=utf-8\n")


def repeated(pattern: str, octets: int = MEGABYTE) -> str:
    return pattern * (octets // len(pattern))


def nested(levels: int, kind: str = "mixed", *, line_end: bytes = b"\n") -> bytes:
    """Return multiparts inside each other, whose delimiters never end."""
    opened = "".join(f"Content-Type: multipart/{kind}; boundary=b{n}\n\n--b{n}\n" for n in range(levels))
    raw = mail("", headers="").removesuffix(b"\n") + opened.encode() + b"\nx\n"
    return raw.replace(b"\n", line_end)


def attached(levels: int) -> bytes:
    """Return mails inside each other."""
    return mail("", headers="").removesuffix(b"\n") + b"Content-Type: message/rfc822\n\n" * levels + b"Subject: x\n\nx"


def charset(name: str, body: bytes, subject: str = "x") -> bytes:
    head = f"From: Eva <eva@example.org>\nSubject: {subject}\nContent-Type: text/plain; charset={name}\n\n"
    return head.encode() + body


BOMBS: Mapping[str, bytes] = {
    # Parts and levels.
    "400,000 empty parts": multipart(*[""] * 400_000),
    "499 parts of one line each": multipart(*["Content-Type: text/plain\n\nx"] * 499),
    "499 parts with a filename each": multipart(*["Content-Disposition: attachment; filename=a\n\nx"] * 499),
    "1,000 levels": nested(1_000),
    "1,000 levels, lines ended by CR": nested(1_000, line_end=b"\r"),
    "20 levels of alternatives": nested(20, "alternative"),
    "20 levels of signed parts": nested(20, "signed"),
    "1,000 mails in each other": attached(1_000),
    "20 mails in each other": attached(20),
    "a digest of 300 mails": multipart(*["\nSubject: x\n\nx"] * 300, subtype="digest"),
    "600 parts behind a boundary in the form of RFC 2231": multipart(*["\nx"] * 600).replace(
        b"boundary=b", b"boundary*=us-ascii''b"
    ),
    "a boundary of 10,000 octets": mail(headers=f"Content-Type: multipart/mixed; boundary={'b' * 10_000}\n"),
    "a boundary that is nothing": mail("--\nx\n----\n", headers='Content-Type: multipart/mixed; boundary=""\n'),
    "99,000 lines of dashes": mail("--x\n" * 99_000, headers="Content-Type: multipart/mixed; boundary=b\n"),
    "a multipart that never ends": mail("--b\n", headers="Content-Type: multipart/mixed; boundary=b\n"),
    # Header fields.
    "100,000 fields": mail(headers="".join(f"X-{n}: y\n" for n in range(100_000))),
    "1,000 fields": mail(headers="".join(f"X-{n}: y\n" for n in range(990))),
    "a field of a megabyte": mail(headers=f"X-A: {repeated('a')}\n"),
    "a header without any end": b"X: y\n" * 200_000,
    "a line of 36 MB": mail(repeated("a", 36 * MEGABYTE)),
    "5 lines of 7 MB": mail(repeated("a", 7 * MEGABYTE) + 4 * ("\n" + repeated("a", 7 * MEGABYTE))),
    "20,000 encoded words": mail(headers="Comments: " + "=?utf-8?q?a?= " * 20_000 + "\n"),
    "4,000 encoded words in the subject": fields("From: eva@example.org", "Subject: " + "=?utf-8?q?a?= " * 4_000),
    "4,000 encoded words in From": fields("From: " + "=?utf-8?q?a?= " * 4_000 + "<eva@example.org>"),
    "half encoded words": fields("From: eva@example.org", "Subject: " + "=?utf-8?b?" * 6_000),
    "20,000 parameters": mail(headers="Content-Type: text/plain" + "; a=b" * 20_000 + "\n"),
    "50 parameters in 50 pieces": mail(
        headers="Content-Disposition: attachment" + "".join(f"; filename*{n}*=%41" for n in range(50)) + "\n"
    ),
    "a parameter piece of number 10^30": mail(headers=f"Content-Type: text/plain; name*{10**30}*=utf-8''a\n"),
    "60,000 quotation marks in a parameter": mail(headers=f"Content-Type: text/plain; name={chr(34) * 60_000}\n"),
    "60,000 backslashes in a parameter": mail(headers=f'Content-Type: text/plain; name="{chr(92) * 60_000}"\n'),
    "60,000 semicolons in Content-Disposition": mail(headers=f"Content-Disposition: a{';' * 60_000}\n"),
    # Addresses.
    "40,000 addresses": mail(headers="Cc: " + "a@example.org, " * 40_000 + "\n"),
    "250 fields of 200 addresses": mail(headers=("To: " + "a@b," * 200 + "\n") * 250),
    "30,000 addresses without a domain": mail(headers=f"To: {'a,' * 30_000}\n"),
    "1,000 opening parentheses in From": fields("From: " + "(" * 1_000),
    "60,000 opening parentheses in To": mail(headers="To: " + "(" * 60_000 + "\n"),
    "60,000 angle brackets in To": mail(headers="To: " + "<" * 60_000 + "\n"),
    "60,000 quotation marks in Cc": mail(headers="Cc: " + '"' * 60_000 + "\n"),
    "60,000 colons in Cc": mail(headers="Cc: " + ":" * 60_000 + "\n"),
    "60,000 backslashes in a quoted name": fields(f'From: "{chr(92) * 60_000}" <eva@example.org>'),
    "60,000 dots in an address": fields(f"From: {'a.' * 30_000}@example.org"),
    "a group in From": fields("From: a:b:c;;;<@"),
    "an encoded word that is an address": fields("From: =?utf-8?q?=3Ca=40b=3E?= x@y"),
    "nothing but a domain literal": fields("From: <@[300.300.300.300]>"),
    "ten thousand From fields": fields(*["From: eva@example.org"] * 900),
    "surrogates and NUL in From": fields("From: \udcff\udc80\x00 <eva@example.org>"),
    # Ids, dates, encodings.
    "a message id of brackets": fields("From: eva@example.org", "Message-ID: <<<<@@>>", "References: <<<<@@>> <>"),
    "60,000 brackets in References": fields("From: eva@example.org", "References: " + "<a@" * 20_000),
    "5,000 references": fields("From: eva@example.org", "References: " + "<a@b.c> " * 5_000),
    "a date of the year 10^9": fields("From: eva@example.org", "Date: Mon, 23 Nov 1000000000 09:00:00 +0100"),
    "a date with a zone of 10^12 hours": fields("From: eva@example.org", f"Date: 23 Nov 2026 09:00 +{'9' * 12}"),
    "60,000 digits in a date": fields("From: eva@example.org", f"Date: {'9' * 60_000}"),
    "an unknown transfer encoding": mail(headers="Content-Transfer-Encoding: é\n"),
    "a broken base64": mail("A" * 77 + "=A=\n", headers="Content-Transfer-Encoding: base64\n"),
    "a megabyte of equal signs in quoted-printable": mail(
        repeated("="), headers="Content-Transfer-Encoding: quoted-printable\n"
    ),
    "half a megabyte of uuencoded text": mail(
        "begin 644 a\n" + repeated("M" + "#" * 60 + "\n", MEGABYTE // 2),
        headers="Content-Transfer-Encoding: x-uuencode\n",
    ),
    "a subject with line ends hidden in it": fields(
        "From: eva@example.org", "Subject: =?utf-8?q?a=0D=0ABcc:_b=40example.org?="
    ),
    # Charsets.
    "the charset unicode_escape": charset("unicode_escape", b"\\x5bclose\\x5d\n"),
    "the charset utf-7": charset("utf-7", b"+AFs-close+AF0-\n"),
    "the charset idna": charset("idna", b"xn--a" * 1_000),
    "the charset zlib": charset("zlib", b"x"),
    "the charset rot13": charset("rot13", b"[pybfr]"),
    "a charset of 60,000 letters": charset("a" * 60_000, b"x"),
    "a charset with a NUL": charset("utf-8\x00", b"x"),
    "a charset that is a path": charset("../../etc/passwd", b"x"),
    "an encoded word in an unknown charset": charset("utf-8", b"x", subject="=?nobody-knows?q?a?="),
    # HTML.
    "a megabyte of half tags": html(repeated("<a ")),
    "a megabyte of divisions": html(repeated("<div>")),
    "a megabyte of bold": html(repeated("<b>")),
    "a megabyte of paragraphs": html(repeated("<p>a")),
    "a megabyte of list items": html(repeated("<li>")),
    "a megabyte of tables": html(repeated("<table><tr><td>")),
    "a megabyte of links": html(repeated("<a href=http://x>")),
    "a megabyte of styles": html(repeated("<p style='color:red;font-size:12px'>a</p>")),
    "a megabyte of comments that never end": html(repeated("<!-- ")),
    "a megabyte of attributes": html("<p " + repeated("a=b ") + ">x</p>"),
    "a megabyte of one attribute": html(f"<p style='{repeated('/*')}'>x</p>"),
    "a megabyte of lesser-than signs": html(repeated("<")),
    "a megabyte of ampersands": html(repeated("&")),
    "a megabyte of references": html(repeated("&#x110000;")),
    "a megabyte of scripts that never end": html(repeated("<script>")),
    "a megabyte of forms": html(repeated("<form>")),
    "a megabyte of quotation": html(repeated("<blockquote>a")),
    "a megabyte of select": html(repeated("<select><option>")),
    # Text.
    "a megabyte of quotation marks": mail(repeated(">")),
    "a megabyte of short quoted lines": mail(repeated("> a\n")),
    "a megabyte of colons": mail(repeated("a:\n")),
    "a megabyte of attributions": mail(repeated("On 5 Oct 2026 at 10:00, Eva <eva@example.org>\n")),
    "a megabyte of From lines": mail(repeated("From: eva@example.org\n")),
    "a megabyte of dashes": mail(repeated("-")),
    "a megabyte of dashed words": mail(repeated("- a -")),
    "a megabyte of spaces": mail(repeated(" ") + "x"),
    "a megabyte of empty lines": mail(repeated("\n")),
    "a megabyte of brackets": mail(repeated("[")),
    "a megabyte of fences": mail(repeated("```\n")),
    "a megabyte of commands": mail(repeated("[time 30m]\n")),
    "a megabyte of zero width": mail(repeated("\u200b")),
    "a megabyte of format=flowed": mail(
        repeated("a \n"), headers="Content-Type: text/plain; format=flowed; delsp=yes\n"
    ),
    # Reports and results.
    "a delivery status of 100,000 blocks": multipart(
        "Content-Type: message/delivery-status\n\n" + "Final-Recipient: rfc822; a@b\nStatus: 5.0.0\n\n" * 100_000,
        subtype="report",
    ),
    "a bounce of a megabyte of addresses": multipart(
        "Content-Type: text/plain\n\n" + repeated("<a@example.org>: 550\n"), subtype="report"
    ),
    "60,000 semicolons in Authentication-Results": mail(headers=f"Authentication-Results: a{';' * 60_000}\n"),
    "60,000 parentheses in Authentication-Results": mail(headers=f"Authentication-Results: a; spf={'(' * 60_000}\n"),
    "20 megabytes of base64 text": mail(
        base64.encodebytes(b"a " * 10 * MEGABYTE), headers="Content-Transfer-Encoding: base64\n"
    ),
}  # fmt: skip
