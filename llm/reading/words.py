"""The small words by which people say in whose order and for whose attention they write. Data only.

Each is compared folded. A list may grow by whatever people really write; what is in none of
them is read as a plain call, which wakes one persona too many rather than one too few.
"""

# ruff: noqa: RUF001, SIM905 - letters of many scripts; quoted one by one the lists could not be read
from __future__ import annotations

# Between names that share what follows: "@Ada and @Bo".
AND = """
and & + / und sowie et y e ed i oraz en и та και ve ile و ו ושל और 和 与 與 及 跟 と や 그리고 및 와 과
""".split()

# Before a name: what follows comes after what was asked before it.
THEN = [
    *"then thereafter afterwards afterward subsequently next finally lastly".split(),
    *("after that", "after this", "once done", "when done", "followed by"),
    *"dann danach anschließend daraufhin hernach schließlich zuletzt".split(),
    *("im anschluss", "als nächstes", "wenn fertig"),
    *"puis ensuite enfin".split(),
    *("après ça", "après cela", "pour finir"),
    *"luego después despues entonces finalmente".split(),
    *("a continuación", "por último"),
    *"poi quindi dopodiché infine".split(),
    *("dopo di che", "in seguito"),
    *"depois então finalmente".split(),
    *("em seguida", "por fim"),
    *"daarna vervolgens tenslotte".split(),
    *("en dan", "ten slotte"),
    *"potem następnie".split(),
    "na koniec",
    *"потом затем далее".split(),
    *("после этого", "в конце"),
    *"μετά έπειτα ύστερα κατόπιν".split(),
    *"sonra ardından".split(),
    *("daha sonra", "en son"),
    *"ثم وبعدها بعدها".split(),
    "بعد ذلك",
    *"ואז אז".split(),
    *("אחר כך", "אחרי זה"),
    "फिर",
    "उसके बाद",
    *"然后 然後 接着 接著 之后 之後 随后 隨後 最后 最後 再".split(),
    *"次に その後 そのあと それから 続いて 最後に".split(),
    *("그다음", "그 다음", "그런 다음", "그 후", "이어서", "마지막으로"),
    *("->", "=>", "→", "⇒", "➜", ">>"),
]

# Before a name: who is done gives the floor to it.
HAND_OVER = [
    *("hand over to", "hand it over to", "hand this over to", "hand off to", "hand it off to"),
    *("hand to", "hand it to", "handing over to", "hands over to", "pass to", "pass it to"),
    *("pass it on to", "pass this on to", "pass on to", "pass this to", "passing it to", "over to"),
    *("give it to", "forward it to", "forward to", "bring in"),
    *("übergib an", "übergib es an", "übergib dann an", "übergebe an", "übergeben an", "weiter an"),
    *("gib es weiter an", "gib weiter an", "gib es an", "gib ab an", "leite es weiter an"),
    *("passe la main à", "passe le relais à", "passe la parole à", "transmets à", "passe-le à"),
    *("transmets-le à", "donne la main à"),
    *("pásalo a", "pasa a", "pásaselo a", "pasa el turno a", "pasa la palabra a", "entrégalo a"),
    *("passa a", "passalo a", "passa la parola a", "passa il turno a", "cedi la parola a"),
    *("passe para", "passa para", "passe a palavra a", "passe a palavra para", "entregue a", "entrega a"),
    *("geef door aan", "geef het door aan", "draag over aan", "geef het woord aan"),
    *("przekaż", "przekaż do", "przekaż to", "oddaj głos"),
    *("передай", "передай слово", "передай это"),
    *("δώσε τον λόγο στον", "δώσε τον λόγο στην", "παράδωσε στον", "παράδωσε στην"),
    *("سلمها إلى", "حولها إلى", "העבר אל", "העבירי אל", "तब सौंपें"),
    *"交给 交給 转给 轉給 转交给 传给 移交给".split(),
]

# Between such a word and the name.
FILLERS = """
please kindly ask let have get to for it is it's turn lets
bitte frag frage lass soll sollte darf fragt der die das
s'il te plaît demande à le la au que
por favor pide pregunta a al que el
chiedi per favore il lo la al
peça pergunta ao à o
vraag aan laat de het
poproś niech zapytaj
пусть попроси спроси пожалуйста
ο η ο/η ας ρώτησε στον στην τον την
请 請 由 让 讓 叫 问 問 给 給
اسأل ליד שאל
""".split()

# Words that look like one of THEN but are, behind these, something else: "back then @Bo said".
NOT_THEN_AFTER = "back since until till by even better more rather other only just".split()

# Before a name: only that they know.
INFORM = [
    *("cc", "cc'ing", "c.c.", "c/c", "bcc", "fyi", "f.y.i.", "in cc"),
    *("zur kenntnis", "z. k.", "z.k.", "zur info", "zur information", "nachrichtlich", "in kopie"),
    *("en copie", "copie à", "pour info", "pour information"),
    *("con copia a", "copia a", "en copia", "para información de", "para conocimiento de"),
    *("per conoscenza", "p.c.", "in copia", "per conoscenza a"),
    *("com cópia para", "cópia para", "em cópia", "para conhecimento de"),
    *("ter info", "ter informatie", "ter kennisgeving", "in kopie aan"),
    *("do wiadomości", "dw", "dw.", "kopia do"),
    *("копия", "в копии", "в копию", "для сведения"),
    *("κοινοποίηση", "κοιν.", "κοιν"),
    *("bilgi", "bilginize", "bilgi için"),
    *("نسخة إلى", "للعلم", "לידיעת", "לידיעה", "सूचनार्थ"),
    *"抄送 知会 知會 參考 参考 참조".split(),
]

# Behind a name, at once: the same.
INFORMED = ["(cc)", "(fyi)", "in cc", "en copie", "in copia", "en copia", "em cópia"]

# At the start of a message: says nothing yet.
GREETINGS = """
hi hello hey dear good morning day evening ok okay so well thanks team all everybody both folks
hallo moin guten morgen tag liebe lieber danke bonjour salut merci bonsoir hola buenos días gracias
ciao buongiorno grazie olá oi bom dia obrigado hoi goedemorgen dank cześć dzień dobry dzięki
привет здравствуйте спасибо γεια καλημέρα ευχαριστώ merhaba selam günaydın مرحبا שלום नमस्ते
你好 您好 大家好 谢谢 こんにちは ありがとう 안녕 안녕하세요 please bitte
""".split()

# Before a name, at the end of what was asked of another: a new clause begins.
BUT = """
while whereas but or während aber oder mientras pero o mais tandis que ou mentre ma enquanto mas terwijl maar
of ale podczas gdy а но пока ενώ αλλά ama iken لكن بينما אבל בזמן लेकिन 而 但 同时 同時
""".split()

# Between words of one clause, and around a name.
SEPARATORS = " \t\u3000,;:，、；：؛،·•*_–—-|()（）[]{}\"'“”„«»‹›"
# Ends a sentence.
STOPS = ".!?…。！？؟;·।\n"
SENTENCE_END = r"[.!?…؟]+[\"')\]”»*_]*(?=\s|$)|[。！？।]+|\n\s*"
# Where one clause may end and another begin; and single words, of which some do.
BOUNDARY = r"[,;:，；：、—–()\n]|(?<=\s)-(?=\s)|\w+"
EMPTY_BRACKETS = r"\(\s*\)|（\s*）"
# What a language hangs onto a name: "@Ada's", "@Ada'dan".
ENDING_OF_NAME = r"^['’][^\W\d_]{1,5}(?![^\W_])"
# Around a task, no part of it.
LOOSE_ENDS = " \t,;:，；：、—–-|*_#"
# Behind a name or an opening: what follows stands by itself.
PAUSES = frozenset(",;:，；：、؛،-—–")
