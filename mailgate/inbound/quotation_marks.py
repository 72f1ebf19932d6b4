"""How mail programs introduce old text: tables of words, read by `new_text`.

All words are in lower case and without bold marks; the scanner brings its lines into the same form. A language is added
by its words in each table. Nothing here decides.
"""

from __future__ import annotations

# What an attribution line says of the person quoted: «On 5 October, X wrote:».
WROTE: tuple[str, ...] = (
    # English
    "wrote", "writes", "said", "has written",
    # French, Romanian
    "a écrit", "a ecrit", "écrivait", "ecrivait", "écrit", "a scris",
    # Spanish, Catalan
    "escribió", "escribio", "escribía", "ha escrito", "va escriure",
    # German
    "schrieb", "hat geschrieben", "geschrieben",
    # Italian
    "ha scritto", "scrive", "scriveva",
    # Portuguese
    "escreveu", "escrevia",
    # Dutch
    "schreef", "geschreven",
    # Scandinavian, Finnish, Baltic
    "skrev", "skreiv", "kirjoitti", "kirjutas", "rašė", "rakstīja",
    # Polish, Czech, Slovak
    "napisał", "napisała", "napisał(a)", "pisze", "napisal", "napsal", "napsal(a)", "napsala", "napísal",
    # Croatian, Slovene
    "je napisao", "je napisala", "je napisal", "napisao", "napisala",
    # Cyrillic
    "написал", "написал(а)", "написала", "пишет", "пише", "написав", "написа", "напиша",
    # Hungarian, Greek, Turkish, Vietnamese, Indonesian, Catalan, Basque, Galician
    "írta", "ezt írta", "έγραψε", "yazdı", "şunu yazdı", "đã viết", "menulis", "ha escrit", "egin du", "escribiu",
    # Hebrew, Arabic, Chinese, Japanese, Korean, Thai
    "כתב", "כתבה", "מאת", "كتب", "كتبت", "写道", "寫道", "写到", "書きました", "のメール", "작성", "님이", "เขียน",
)  # fmt: skip

# What an attribution line begins with.
OPENERS: tuple[str, ...] = (
    "on ", "at ", "le ", "el ", "am ", "op ", "den ", "il ", "em ", "dnia ", "w dniu ", "dne ", "pe ", "în ", "à ",
    "a ", "på ", "på den ", "kl", "tarihinde", "vào ", "pada ", "στις ", "ons ", "quoting ", "zitat von ", "в ",
    "на ", "пт", "пн", "вт", "ср", "чт", "сб", "вс", "від ", "בתאריך", "ב", "في ", "بتاريخ", "在", "於", "mon", "tue",
    "wed", "thu", "fri", "sat", "sun", "lun", "mar", "mer", "jeu", "ven", "sam", "dim", "mié", "jue", "vie", "sáb",
    "dom", "mo.", "di.", "mi.", "do.", "fr.", "sa.", "so.", "pon", "wt", "śr", "czw", "ma ", "ti ",
)  # fmt: skip

# Labels of the header block that Outlook and others put above the mail they quote, by what they mean.
HEADER_LABELS: dict[str, str] = {
    label.casefold(): meaning
    for meaning, labels in {
        "from": (
            "from", "de", "von", "da", "van", "od", "från", "fra", "lähettäjä", "от", "від", "feladó", "kimden",
            "gönderen", "expéditeur", "expediteur", "remitente", "mittente", "absender", "afzender", "nadawca",
            "发件人", "寄件者", "差出人", "보낸 사람", "מאת", "من", "από", "de la", "odesílatel", "remetente",
            "nuo", "от кого", "avsändare", "afsender", "reply-to", "saatja", "отправитель", "відправник", "odosielateľ",
        ),
        "date": (
            "sent", "date", "envoyé", "envoye", "envoyé le", "enviado", "enviado el", "enviado em", "enviada em",
            "fecha", "data", "gesendet", "datum", "inviato", "verzonden", "wysłano", "skickat", "sendt",
            "lähetetty", "отправлено", "дата", "надіслано", "elküldve", "dátum", "gönderme", "tarih", "odesláno",
            "dato", "päivämäärä", "发送时间", "日期", "寄件日期", "送信日時", "日付", "보낸 날짜", "날짜", "נשלח",
            "תאריך", "تاريخ الإرسال", "تاريخ", "ημερομηνία", "trimis", "enviada", "skickat den", "päiväys", "dată",
            "gönderilen", "kuupäev", "dátum odoslania",
        ),
        "to": (
            "to", "à", "a", "para", "an", "aan", "do", "till", "til", "vastaanottaja", "кому", "címzett", "kime",
            "komu", "pour", "destinataire", "destinatario", "empfänger", "收件人", "宛先", "받는 사람", "אל", "إلى",
            "προς", "către", "dla", "per",
        ),
        "subject": (
            "subject", "objet", "sujet", "asunto", "betreff", "oggetto", "assunto", "onderwerp", "temat", "ämne",
            "emne", "aihe", "тема", "tárgy", "konu", "předmět", "predmet", "主题", "主旨", "件名", "제목", "נושא",
            "الموضوع", "θέμα", "subiect", "assumpte",
        ),
        "cc": (
            "cc", "copie", "copie à", "copia", "kopie", "kopia", "kopi", "kopio", "копия", "másolat", "másolatot kap",
            "dw", "bilgi", "копія", "抄送", "副本", "참조",
            "bcc", "cci",
        ),
    }.items()
    for label in labels
}  # fmt: skip

# Between dashes: «-----Original Message-----».
ORIGINAL_MESSAGE: tuple[str, ...] = (
    "original message", "original appointment", "reply message", "replied message", "message d'origine",
    "message original", "message initial", "message précédent", "mensaje original", "mensaje anterior",
    "ursprüngliche nachricht", "ursprungliche nachricht", "originalnachricht", "original-nachricht",
    "messaggio originale", "mensagem original", "oorspronkelijk bericht", "original besked", "oprindelig meddelelse",
    "original melding", "opprinnelig melding", "ursprungligt meddelande", "originalmeddelande", "alkuperäinen viesti",
    "wiadomość oryginalna", "oryginalna wiadomość", "původní zpráva", "eredeti üzenet", "mesaj original",
    "mesajul original", "orijinal ileti", "orijinal mesaj", "исходное сообщение", "пересылаемое", "исходно сообщение",
    "оригінальне повідомлення", "izvorna poruka", "izvirno sporočilo", "αρχικό μήνυμα", "原始邮件", "原始郵件",
    "元のメッセージ", "원본 메시지", "원본 메일", "הודעה מקורית", "الرسالة الأصلية", "missatge original",
    "jatorrizko mezua", "thư gốc", "pesan asli", "tin nhắn gốc",
)  # fmt: skip

# Between dashes or alone on a line: what follows was forwarded.
FORWARDED: tuple[str, ...] = (
    "forwarded message", "begin forwarded message", "forwarded by", "forwarded mail", "forwarded email",
    "message transféré", "début du message transféré", "début du message réexpédié", "message transmis",
    "message réexpédié", "mensaje reenviado", "inicio del mensaje reenviado", "comienzo del mensaje reenviado",
    "mensaje enviado", "weitergeleitete nachricht", "anfang der weitergeleiteten nachricht",
    "anfang der weitergeleiteten e-mail", "messaggio inoltrato", "inizio messaggio inoltrato",
    "messaggio inoltrato da", "inizio del messaggio inoltrato", "mensagem encaminhada", "mensagem reencaminhada",
    "início da mensagem encaminhada", "doorgestuurd bericht", "begin doorgestuurd bericht", "videresendt meddelelse",
    "videresendt melding", "vidarebefordrat meddelande", "vidarebefordrat brev", "start på videresendt e-mail",
    "begynnelse på videresendt melding", "välitetty viesti", "edelleenlähetetty viesti", "przekazana wiadomość",
    "wiadomość przekazana", "přeposlaná zpráva", "přeposílaná zpráva", "preposlaná správa", "továbbított üzenet",
    "továbbított levél", "mesaj redirecționat", "i̇letilmiş mesaj", "iletilen mesaj", "переадресованное сообщение",
    "пересылаемое сообщение", "пересланное сообщение", "переслане повідомлення", "proslijeđena poruka",
    "προωθημένο μήνυμα", "转发的邮件", "已转发邮件", "轉寄郵件", "転送メッセージ", "転送されたメッセージ",
    "전달된 메시지", "הודעה שהועברה", "رسالة معاد توجيهها", "missatge reenviat", "birbidalitako mezua",
    "weitergeleitet von", "transféré par", "začátek přeposílané zprávy", "välitetty viesti alkaa",
    "początek przekazywanej wiadomości", "начало переадресованного сообщения", "i̇letilen i̇leti", "iletilen ileti",
    "inicio del mensaje reenviado", "početak proslijeđene poruke", "začetek posredovanega sporočila",
)  # fmt: skip

# A request of other desks; the text above it is new.
REPLY_ABOVE: tuple[str, ...] = (
    "reply above this line", "above this line", "reply to this email directly", "type your reply above",
    "répondez au-dessus de cette ligne", "répondre au-dessus de cette ligne", "au-dessus de cette ligne",
    "responda por encima de esta línea", "responda encima de esta línea", "por encima de esta línea",
    "antworten sie oberhalb dieser linie", "oberhalb dieser zeile",
)  # fmt: skip

# Lines that a telephone or a mail program adds below a text.
FOOTERS: tuple[str, ...] = (
    "sent from typeapp", "sent from bluemail", "sent from nine",
    "sent from my ", "sent from iphone", "sent from ipad", "sent from android", "sent from mail for ",
    "sent from outlook", "sent from yahoo", "sent from gmail", "sent via ", "sent from a ", "sent by ",
    "get outlook for ", "sent from samsung", "sent from proton", "sent with ", "sent from mail", "envoyé de mon ",
    "envoyé depuis ", "envoyé à partir de ", "envoyé de ", "obtenir outlook pour ", "télécharger outlook",
    "envoyé avec ", "enviado desde ", "enviado de ", "enviado con ", "enviado do ", "obtener outlook para ",
    "enviado a partir ", "obter o outlook para ", "von meinem ", "gesendet von ", "gesendet mit ",
    "diese nachricht wurde von mein", "inviato da ", "inviato dal ", "ottieni outlook per ", "verzonden vanaf ",
    "verstuurd vanaf ", "verstuurd via ", "verzonden met ", "skickat från ", "skickades från ", "sendt fra ",
    "sendt med ", "lähetetty ", "wysłane z ", "wysłano z ", "odesláno z ", "odesláno ze ", "odoslané z ",
    "elküldve a következőből", "trimis de pe ", "iphone'umdan gönderildi", "отправлено с ", "отправлено из ",
    "надіслано з ", "изпратено от ", "poslano s ", "poslano z ", "στάλθηκε από ", "发自我的", "從我的",
    "iphoneから送信", "나의 iphone에서", "נשלח מה", "أُرسلت من", "enviat des de ", "dikirim dari ", "được gửi từ ",
)  # fmt: skip

# Lines that close a letter; below them stand a name and perhaps a signature. Thanks alone may stand anywhere.
CLOSINGS: tuple[str, ...] = (
    "best regards", "kind regards", "warm regards", "regards", "best wishes", "all the best", "cheers", "sincerely",
    "yours sincerely", "yours faithfully", "yours truly", "cordialement", "bien cordialement", "très cordialement",
    "cdlt", "cdt", "bien à vous", "salutations", "amicalement", "sincères salutations", "meilleures salutations",
    "bonne journée", "bonne réception", "merci d'avance", "saludos", "un saludo", "saludos cordiales", "cordialmente",
    "atentamente", "un cordial saludo", "atte", "mit freundlichen grüßen", "mit freundlichen grüssen",
    "mit freundlichem gruß", "freundliche grüße", "mfg", "freundliche grüsse", "viele grüße", "viele grüsse",
    "beste grüße", "liebe grüße", "schöne grüße", "lg", "vg", "gruß", "cordiali saluti", "distinti saluti", "saluti",
    "atenciosamente", "cumprimentos", "com os melhores cumprimentos", "met vriendelijke groet", "vriendelijke groet",
    "groeten", "groet", "mvg", "med venlig hilsen", "mvh", "hilsen", "med vänlig hälsning", "vänliga hälsningar",
    "hälsningar", "med vennlig hilsen", "vennlig hilsen", "terveisin", "ystävällisin terveisin", "pozdrawiam",
    "z poważaniem", "s pozdravem", "üdvözlettel", "с уважением", "з повагою", "saygılarımla", "με εκτίμηση",
    "よろしくお願い", "敬具", "此致", "감사합니다", "بالتوفيق", "مع تحياتي", "בברכה",
)  # fmt: skip

# What the disclaimer of an organisation says in its first line.
DISCLAIMERS: tuple[str, ...] = (
    "this email and any files transmitted", "this e-mail and any files transmitted", "this email is confidential",
    "this e-mail is confidential", "this message is intended only for",
    "this communication is intended for the addressee", "this email and any attachments",
    "this e-mail and any attachments", "this message and any attachments", "this e-mail may contain confidential",
    "this email may contain confidential", "confidentiality notice", "the information contained in this e",
    "the information in this e", "the information transmitted is intended", "internet email is not to be treated as",
    "ce message et toutes les pièces jointes", "ce message et ses pièces jointes", "ce courriel et tous les fichiers",
    "ce courriel et ses pièces jointes", "ce message est confidentiel", "l'information contenue dans ce",
    "les informations contenues dans ce message", "este mensaje y sus archivos", "este mensaje y los archivos",
    "este correo electrónico y sus", "este correo electrónico contiene", "este mensaje se dirige exclusivamente",
    "la información contenida en este", "aviso de confidencialidad", "aviso legal",
    "diese e-mail enthält vertrauliche", "diese email enthält vertrauliche", "questo messaggio e i suoi allegati",
    "esta mensagem e seus anexos", "dit bericht is uitsluitend",
)  # fmt: skip
