"""The first inputs of each target: small, and each with something for the mutations to take apart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.inbound.mails import mail, multipart

#: What runs find is kept here.
FOUND = Path("var/fuzz")

_REPORT = (
    b"Reporting-MTA: dns; mx.example.org\n\nFinal-Recipient: rfc822; eva@example.org\nAction: failed\nStatus: 5.1.1\n"
    b"Diagnostic-Code: smtp; 550 5.1.1 <eva@example.org>: no such user\n"
)
_REPLY = """\
Bonjour,

[approuver 4h] merci
Cordialement
Ana

Le lun. 5 oct. 2026 à 10:00, Support <support@example.org> a écrit :
> [clore]
> --\x20
> Support

On Mon, 5 Oct 2026 at 10:00, Eva <eva@example.org>
wrote:

-----Original Message-----
From: Eva <eva@example.org>
Sent: Monday, 5 October 2026 10:00
To: Ana
Subject: Question

________________________________
De : Eva
Envoyé : lundi 5 octobre 2026
Objet : Question

---------- Forwarded message ---------
From: Eva <eva@example.org>
Subject: Question

```
[time 30m]
```
Envoyé de mon iPhone
"""

SEEDS: Mapping[str, tuple[bytes, ...]] = {
    "message": (
        mail(),
        mail(
            "Bonjour =E9\n",
            headers="Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=l1\n",
        ),
        multipart(
            "Content-Type: text/plain; charset=utf-8; format=flowed\n\nHello \nworld\n",
            "Content-Type: text/html\n\n<p>Hello <b>world</b></p>",
            "Content-Disposition: attachment; filename*0*=utf-8''%E2%82%AC; filename*1=.pdf\n\n%PDF",
            "Content-Type: message/rfc822\n\nSubject: inner\n\nx",
            subtype="alternative",
            headers="Subject: =?utf-8?q?=C3=A9?= =?utf-8?b?w6k=?=\nReferences: <a@b.c> <d@e.f>\n"
            "Date: Mon, 23 Nov 2026 09:00 +0100\n",
        ),
        multipart(
            "Content-Type: text/plain\n\nno",
            f"Content-Type: message/delivery-status\n\n{_REPORT.decode()}",
            subtype="report",
        ),
    ),
    "address_list": (
        b'Ana <ana@example.org>, "Doe, John" <j.doe@example.com>, list: a@b.c, d@e.f;, (x) g@[192.0.2.1]',
        b"=?utf-8?q?=C3=89va?= <eva@example.org>",
        b"<@relay.example.org:ana@example.org> SIZE=3",
    ),
    "new_text": (_REPLY.encode(), _REPLY.replace("\n", "\n> ").encode(), "发件人: a@b.c\n主题: x\n写道：\n".encode()),
    "html_text": (
        (
            b"<html><style>p{color:red}</style><body><p style='display:none'>a</p><table><tr><td>b<td>c</table>"
            b"<blockquote type=cite>old</blockquote><div class=gmail_quote>old</div><a href='https://example.org'>x</a>"
        ),
        (
            b"<div style='border:none;border-top:solid #E1E1E1 1.0pt'>From: a</div><pre>\n a\n</pre><!-- x --><br/>"
            b"&eacute;&#x41;"
        ),
        b"<select><option>a</select><svg><title>x</title></svg><o:p></o:p><p hidden>b<font color=#ffffff size=0>c",
    ),
    "authentication_results": (
        (
            b"dkim=pass (2048-bit key; x) header.d=example.org header.s=a header.b=b; spf=pass smtp.mailfrom=a@b.org;"
            b' dmarc=pass (p=reject "dis;pass") policy.dmarc=none header.from=example.org'
        ),
        b"none",
        b"1; auth=pass (plain) smtp.auth=a@b.c; arc=fail",
    ),
    "delivery_status": (
        _REPORT,
        b"<eva@example.org>: host mx.example.org said: 550 5.1.1 no such user (in reply to RCPT)",
    ),
    "commands": (
        b"[time 30m]\n[approve 4h] thanks\n[clore]\n[for ana@example.org]\n[saldo] [temps 2h30 2026-11-20 note]\n",
        b"[[time 30m]] `[close]` *[close]* [close](http://x) [time\n30m] [\xe2\x80\x8bclose]\n```\n[close]\n```\n",
    ),
    "header_value": (
        b"=?utf-8?q?=C3=A9_a?= =?utf-8?b?w6k?= =?iso-2022-jp?b?GyRCJCIbKEI=?= x =?utf-7?q?+AFs-?=",
        b"windows-1252\n\xe9\x80",
        b"utf-16\n\xff\xfea\0",
    ),
    "smtp_data": (b"a\r\n..b\r\n.\r\nQUIT\r\n", b".\r\n", b"a\n.\nb\r\n.\n\r\n.\r\n", b"\r\n.\r\r\n.\r\n"),
    "receiving": (mail(), b"Received: a\r\n b\r\nMessage-ID: <a@b.c>\r\nX-Y: z\r\n\r\nbody\r\n\r\n", b"\n\nx"),
}  # fmt: skip

#: What the readers look for, put in anywhere.
WORDS: tuple[bytes, ...] = (
    b"\r\n", b"\n", b"\r", b"\n\n", b"\x00", b"\xff", b"\xc3\xa9", b"--", b"--b", b"--b--", b">", b"> ", b"<", b"&",
    b'"', b"'", b"(", b")", b"[", b"]", b";", b":", b",", b"=", b"==", b"%", b"*0*=", b"\\", b"@", b" ", b"\t", b".",
    b"=?utf-8?q?", b"?=", b"From: a@b.c\n", b"Subject: x\n", b"Content-Type: multipart/mixed; boundary=b\n\n",
    b"Content-Type: message/rfc822\n\n", b"Content-Transfer-Encoding: base64\n", b"charset=", b"wrote:",
    b"a \xc3\xa9crit :", b"[close]", b"[time 30m]", b"[approve 4h]", b"```", b"-- \n", b"_____", b"<!--", b"-->",
    b"<p style='", b"display:none", b"<div>", b"</div>", b"<blockquote>", b"<script>", b"dmarc=pass", b"header.from=",
    b"Status: 5.1.1\n", b"999999999999999999999999999999", b"-1",
)  # fmt: skip
