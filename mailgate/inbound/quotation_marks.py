"""How mail programs introduce old text: one row a language or a program, read by `new_text`.

All words are in lower case and without bold marks; the scanner brings its lines into the same form. A language is added
by a row in each table. Nothing here decides.
"""

from __future__ import annotations

# What an attribution line says of the person quoted: «On 5 October, X wrote:».
WROTE: tuple[str, ...] = (
    *("wrote", "writes", "said", "has written"),  # English
    *("a écrit", "a ecrit", "écrivait", "ecrivait", "écrit", "a scris"),  # French, Romanian
    *("escribió", "escribio", "escribía", "ha escrito", "va escriure"),  # Spanish, Catalan
    *("schrieb", "hat geschrieben", "geschrieben"),  # German
    *("ha scritto", "scrive", "scriveva"),  # Italian
    *("escreveu", "escrevia"),  # Portuguese
    *("schreef", "geschreven"),  # Dutch
    *("skrev", "skreiv", "kirjoitti", "kirjutas", "rašė", "rakstīja"),  # Scandinavian, Finnish, Baltic
    *("napisał", "napisała", "napisał(a)", "pisze", "napisal", "napsal", "napsal(a)", "napsala", "napísal"),
    *("je napisao", "je napisala", "je napisal", "napisao", "napisala"),  # Croatian, Slovene
    *("написал", "написал(а)", "написала", "пишет", "пише", "написав", "написа", "напиша"),  # Cyrillic
    *("írta", "ezt írta", "έγραψε", "yazdı", "şunu yazdı", "đã viết", "menulis", "ha escrit", "egin du", "escribiu"),
    *("כתב", "כתבה", "מאת", "كتب", "كتبت", "写道", "寫道", "写到", "書きました", "のメール", "작성", "님이", "เขียน"),
)

# What an attribution line begins with.
OPENERS: tuple[str, ...] = (
    *("on ", "at ", "le ", "el ", "am ", "op ", "den ", "il ", "em ", "dnia ", "w dniu ", "dne ", "em ", "pe ", "în "),
    *("à ", "a ", "på ", "på den ", "kl", "tarihinde", "vào ", "pada ", "στις ", "ons ", "quoting ", "zitat von "),
    *("в ", "на ", "пт", "пн", "вт", "ср", "чт", "сб", "вс", "від ", "בתאריך", "ב", "في ", "بتاريخ", "在", "於", "em "),
    *("mon", "tue", "wed", "thu", "fri", "sat", "sun", "lun", "mar", "mer", "jeu", "ven", "sam", "dim", "mié", "jue"),
    *("vie", "sáb", "dom", "mo.", "di.", "mi.", "do.", "fr.", "sa.", "so.", "pon", "wt", "śr", "czw", "ma ", "ti "),
)

# Labels of the header block that Outlook and others put above the mail they quote, by what they mean.
HEADER_LABELS: dict[str, str] = {
    label: meaning
    for meaning, labels in {
        "from": (
            "from", "de", "von", "da", "van", "od", "från", "fra", "lähettäjä", "от", "від", "feladó", "kimden", "gönderen",
            "expéditeur", "expediteur", "remitente", "mittente", "absender", "afzender", "nadawca", "发件人", "寄件者", "差出人",
            "보낸 사람", "מאת", "من", "από", "de la", "odesílatel", "remetente", "nuo", "от кого", "avsändare", "afsender", "reply-to",
        ),
        "date": (
            "sent", "date", "envoyé", "envoye", "envoyé le", "enviado", "enviado el", "enviado em", "enviada em", "fecha", "data",
            "gesendet", "datum", "inviato", "verzonden", "wysłano", "skickat", "sendt", "lähetetty", "отправлено", "дата",
            "надіслано", "elküldve", "dátum", "gönderme", "tarih", "odesláno", "sendt", "dato", "päivämäärä", "发送时间", "日期", "寄件日期",
            "送信日時", "日付", "보낸 날짜", "날짜", "נשלח", "תאריך", "تاريخ الإرسال", "تاريخ", "ημερομηνία", "trimis", "enviada", "skickat den",
        ),
        "to": (
            "to", "à", "a", "para", "an", "aan", "do", "till", "til", "vastaanottaja", "кому", "címzett", "kime", "komu", "pour",
            "destinataire", "destinatario", "empfänger", "收件人", "宛先", "받는 사람", "אל", "إلى", "προς", "către", "dla", "per",
        ),
        "subject": (
            "subject", "objet", "sujet", "asunto", "betreff", "oggetto", "assunto", "onderwerp", "temat", "ämne", "emne", "aihe",
            "тема", "tárgy", "konu", "předmět", "predmet", "主题", "主旨", "件名", "제목", "נושא", "الموضوع", "θέμα", "subiect", "assumpte",
        ),
        "cc": ("cc", "copie", "copie à", "copia", "kopie", "kopia", "kopi", "копия", "másolat", "抄送", "副本", "참조", "bcc", "cci"),
    }.items()
    for label in labels
}  # fmt: skip

# Between dashes: «-----Original Message-----».
ORIGINAL_MESSAGE: tuple[str, ...] = (
    *("original message", "original appointment", "reply message", "replied message", "message d'origine"),
    *("message original", "message initial", "message précédent", "mensaje original", "mensaje anterior"),
    *("ursprüngliche nachricht", "ursprungliche nachricht", "originalnachricht", "original-nachricht"),
    *("messaggio originale", "mensagem original", "oorspronkelijk bericht", "original besked", "oprindelig meddelelse"),
    *("original melding", "opprinnelig melding", "ursprungligt meddelande", "originalmeddelande"),
    *("alkuperäinen viesti", "wiadomość oryginalna", "oryginalna wiadomość", "původní zpráva", "eredeti üzenet"),
    *("mesaj original", "mesajul original", "orijinal ileti", "orijinal mesaj", "исходное сообщение", "пересылаемое"),
    *("исходно сообщение", "оригінальне повідомлення", "izvorna poruka", "izvirno sporočilo", "αρχικό μήνυμα"),
    *("原始邮件", "原始郵件", "元のメッセージ", "원본 메시지", "원본 메일", "הודעה מקורית", "الرسالة الأصلية"),
    *("missatge original", "jatorrizko mezua", "thư gốc", "pesan asli", "tin nhắn gốc"),
)

# Between dashes or alone on a line: what follows was forwarded.
FORWARDED: tuple[str, ...] = (
    *("forwarded message", "begin forwarded message", "forwarded by", "fwd:", "forwarded mail", "forwarded email"),
    *(
        "message transféré",
        "début du message transféré",
        "début du message réexpédié",
        "message transmis",
        "message réexpédié",
    ),
    *("mensaje reenviado", "inicio del mensaje reenviado", "comienzo del mensaje reenviado", "mensaje enviado"),
    *("weitergeleitete nachricht", "anfang der weitergeleiteten nachricht", "anfang der weitergeleiteten e-mail"),
    *("messaggio inoltrato", "inizio messaggio inoltrato", "messaggio inoltrato da", "inizio del messaggio inoltrato"),
    *("mensagem encaminhada", "mensagem reencaminhada", "início da mensagem encaminhada", "doorgestuurd bericht"),
    *("begin doorgestuurd bericht", "videresendt meddelelse", "videresendt melding", "vidarebefordrat meddelande"),
    *("vidarebefordrat brev", "start på videresendt e-mail", "begynnelse på videresendt melding"),
    *(
        "välitetty viesti",
        "edelleenlähetetty viesti",
        "przekazana wiadomość",
        "wiadomość przekazana",
        "přeposlaná zpráva",
    ),
    *("přeposílaná zpráva", "preposlaná správa", "továbbított üzenet", "továbbított levél", "mesaj redirecționat"),
    *(
        "i̇letilmiş mesaj",
        "iletilen mesaj",
        "переадресованное сообщение",
        "пересылаемое сообщение",
        "пересланное сообщение",
    ),
    *("переслане повідомлення", "proslijeđena poruka", "προωθημένο μήνυμα", "转发的邮件", "已转发邮件", "轉寄郵件"),
    *("転送メッセージ", "転送されたメッセージ", "전달된 메시지", "הודעה שהועברה", "رسالة معاد توجيهها"),
    *("missatge reenviat", "birbidalitako mezua", "weitergeleitet von", "transféré par"),
)

# A request of other desks; the text above it is new.
REPLY_ABOVE: tuple[str, ...] = (
    *("reply above this line", "above this line", "reply to this email directly", "type your reply above"),
    *("répondez au-dessus de cette ligne", "répondre au-dessus de cette ligne", "au-dessus de cette ligne"),
    *("responda por encima de esta línea", "responda encima de esta línea", "por encima de esta línea"),
    *("antworten sie oberhalb dieser linie", "oberhalb dieser zeile"),
)

# Lines that a telephone or a mail program adds below a text.
FOOTERS: tuple[str, ...] = (
    *("sent from my ", "sent from mail for ", "sent from outlook", "sent from yahoo", "sent from gmail", "sent via "),
    *(
        "sent from a ",
        "sent by ",
        "get outlook for ",
        "sent from samsung",
        "sent from proton",
        "sent with ",
        "sent from mail",
    ),
    *(
        "envoyé de mon ",
        "envoyé depuis ",
        "envoyé à partir de ",
        "envoyé de ",
        "obtenir outlook pour ",
        "télécharger outlook",
    ),
    *(
        "envoyé avec ",
        "enviado desde ",
        "enviado de ",
        "enviado con ",
        "enviado do ",
        "obtener outlook para ",
        "enviado a partir ",
    ),
    *("obter o outlook para ", "von meinem ", "gesendet von ", "gesendet mit ", "diese nachricht wurde von mein"),
    *("inviato da ", "inviato dal ", "ottieni outlook per ", "verzonden vanaf ", "verstuurd vanaf ", "verstuurd via "),
    *(
        "verzonden met ",
        "skickat från ",
        "skickades från ",
        "sendt fra ",
        "sendt med ",
        "lähetetty ",
        "wysłane z ",
        "wysłano z ",
    ),
    *(
        "odesláno z ",
        "odesláno ze ",
        "odoslané z ",
        "elküldve a következőből",
        "trimis de pe ",
        "iphone'umdan gönderildi",
    ),
    *("отправлено с ", "отправлено из ", "надіслано з ", "изпратено от ", "poslano s ", "poslano z ", "στάλθηκε από "),
    *(
        "发自我的",
        "從我的",
        "iphoneから送信",
        "나의 iphone에서",
        "נשלח מה",
        "أُرسلت من",
        "enviat des de ",
        "dikirim dari ",
        "được gửi từ ",
    ),
)
