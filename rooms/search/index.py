"""The index of what was said, kept by the database itself: whoever writes a message, by whatever way, has
it found.

SQLite has an FTS5 table without content, written by triggers. A message's row in it is its room's number
times 2^40 plus its place, so that a room is a range of the index, and its newest matches are read without
sorting. PostgreSQL has a GIN index over terms made by a function; the room is one of the terms.

Making it is idempotent, and done after every migration: where Django makes SQLite's table of messages anew
to change a column, its triggers are gone.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from rooms.search import terms

ROOM_SPAN = 1 << 40
WORDS = f"rooms_words_v{terms.VERSION}"
SPACES = "rooms_search_space"
POSTGRES_INDEX = f"rooms_message_terms_v{terms.VERSION}"
POSTGRES_FUNCTION = f"parley_terms_v{terms.VERSION}"


def ensure(connection: BaseDatabaseWrapper) -> bool:
    """Make the index where it is not there as it should be, and fill it. Whether it had to."""
    return _ensure_sqlite(connection) if connection.vendor == "sqlite" else _ensure_postgresql(connection)


def drop(connection: BaseDatabaseWrapper) -> None:
    """Take it away, in every version."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            _drop_sqlite(cursor)
        else:
            _drop_postgresql(cursor)


# --- SQLite -------------------------------------------------------------------------


def _is_indexed(row: str) -> str:
    return f"{row}.seq IS NOT NULL AND {row}.state <> 'streaming' AND {row}.kind = 'chat'"


def _write(row: str, *, is_removal: bool) -> str:
    columns, first = (f"{WORDS}, ", "'delete', ") if is_removal else ("", "")
    return f"""INSERT INTO {WORDS}({columns}rowid, terms)
    SELECT {first}number * {ROOM_SPAN} + {row}.seq, parley_terms({row}.text) FROM {SPACES}
    WHERE room_id = {row}.room_id AND {_is_indexed(row)};"""


_NEW_SPACE = f"""INSERT INTO {SPACES}(room_id) SELECT new.room_id WHERE {_is_indexed("new")}
    AND NOT EXISTS (SELECT 1 FROM {SPACES} WHERE room_id = new.room_id);"""

_TRIGGERS = {
    "rooms_words_insert": f"""CREATE TRIGGER rooms_words_insert AFTER INSERT ON rooms_message
WHEN {_is_indexed("new")} BEGIN
    {_NEW_SPACE}
    {_write("new", is_removal=False)}
END""",
    "rooms_words_update": f"""CREATE TRIGGER rooms_words_update
AFTER UPDATE OF seq, text, state, kind ON rooms_message
WHEN old.seq IS NOT new.seq OR old.text <> new.text OR old.state <> new.state OR old.kind <> new.kind BEGIN
    {_NEW_SPACE}
    {_write("old", is_removal=True)}
    {_write("new", is_removal=False)}
END""",
    "rooms_words_delete": f"""CREATE TRIGGER rooms_words_delete AFTER DELETE ON rooms_message
WHEN {_is_indexed("old")} BEGIN
    {_write("old", is_removal=True)}
END""",
    "rooms_words_room": f"""CREATE TRIGGER rooms_words_room AFTER DELETE ON rooms_room BEGIN
    DELETE FROM {SPACES} WHERE room_id = old.id;
END""",
}

_TABLES = (
    # AUTOINCREMENT: what a deleted room may have left in the index never becomes another room's.
    f"CREATE TABLE {SPACES} (number INTEGER PRIMARY KEY AUTOINCREMENT, room_id char(32) NOT NULL UNIQUE)",
    f"""CREATE VIRTUAL TABLE {WORDS} USING fts5(
    terms, content='', tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* Co'")""",
)
_FILL = (
    f"INSERT INTO {SPACES}(room_id) SELECT id FROM rooms_room ORDER BY created_at",
    f"""INSERT INTO {WORDS}(rowid, terms)
    SELECT number * {ROOM_SPAN} + m.seq, parley_terms(m.text)
    FROM rooms_message m JOIN {SPACES} s ON s.room_id = m.room_id WHERE {_is_indexed("m")}""",
)


def _ensure_sqlite(connection: BaseDatabaseWrapper) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE name LIKE 'rooms\\_%' ESCAPE '\\'")
        found: dict[str, str] = dict(cursor.fetchall())
        if "rooms_message" not in found:
            return False
        is_whole = WORDS in found and SPACES in found
        if is_whole and all(found.get(name) == sql for name, sql in _TRIGGERS.items()):
            return False
        # Made anew: what was written meanwhile is not in it.
        _drop_sqlite(cursor)
        for statement in (*_TABLES, *_FILL, *_TRIGGERS.values()):
            cursor.execute(statement)
        return True


def _drop_sqlite(cursor: Any) -> None:
    for name in _TRIGGERS:
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
    cursor.execute(
        "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE rooms!_words%' ESCAPE '!'"
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f"DROP TABLE {name}")
    cursor.execute(f"DROP TABLE IF EXISTS {SPACES}")


# --- PostgreSQL ---------------------------------------------------------------------


def _class(ranges: str) -> str:
    """A character class as PostgreSQL reads it. Its `\\U` has eight digits as Python's has."""
    return f"[{ranges}]"


def _function(collation: str) -> str:
    """`rooms.search.terms.terms` in SQL. Everything in it is built in, so that a dump can be restored."""
    return f"""
CREATE OR REPLACE FUNCTION {POSTGRES_FUNCTION}(room uuid, said text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10000 AS $function$
WITH folded AS (
    SELECT lower(normalize(regexp_replace(
        normalize(left(said, {terms.TEXT_CHARACTERS}), NFKD), '{_class(terms.ACCENTS)}+', '', 'g'
    ), NFKC){collation}) AS line
), spelled AS (
    SELECT CASE WHEN line ~ '{_class(terms.EMOJI)}' THEN (
        SELECT string_agg(
            CASE WHEN sign ~ '{_class(terms.EMOJI)}' THEN ' u' || ascii(sign) || ' ' ELSE sign END,
            '' ORDER BY n
        ) FROM regexp_split_to_table(line, '') WITH ORDINALITY AS signs(sign, n)
    ) ELSE line END AS line FROM folded
), spaced AS (
    SELECT regexp_replace(regexp_replace(line, '({_class(terms.UNSPACED)})', ' \\1 ', 'g'),
        '{_class(terms.SEPARATORS)}+', ' ', 'g') AS line FROM spelled
), words AS (
    SELECT left(word, {terms.WORD_CHARACTERS}) AS word, row_number() OVER (ORDER BY n) AS n
    FROM spaced, regexp_split_to_table(line, '\\s+') WITH ORDINALITY AS parts(word, n) WHERE word <> ''
)
SELECT coalesce(string_agg('''' || word || ''':' || least(n, 16383), ' '), '')::tsvector
    || array_to_tsvector(ARRAY['room' || replace(room::text, '-', '')]) FROM words
$function$"""


def _ensure_postgresql(connection: BaseDatabaseWrapper) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT to_regclass('rooms_message'), to_regclass('{POSTGRES_INDEX}')")
        table, index = cursor.fetchone()
        if table is None or index is not None:
            return False
        _drop_postgresql(cursor)
        # A database of the locale C folds the case of ASCII alone.
        cursor.execute("SELECT 1 FROM pg_collation WHERE collname = 'und-x-icu'")
        cursor.execute(_function(' COLLATE "und-x-icu"' if cursor.fetchone() else ""))
        cursor.execute(
            f"CREATE INDEX {POSTGRES_INDEX} ON rooms_message USING gin ({POSTGRES_FUNCTION}(room_id, text))"
            " WHERE seq IS NOT NULL AND state <> 'streaming' AND kind = 'chat'"
        )
        return True


def _drop_postgresql(cursor: Any) -> None:
    cursor.execute(
        "SELECT indexname FROM pg_indexes WHERE indexname LIKE 'rooms!_message!_terms%' ESCAPE '!'"
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f"DROP INDEX {name}")
    cursor.execute("SELECT proname FROM pg_proc WHERE proname LIKE 'parley!_terms%' ESCAPE '!'")
    for (name,) in cursor.fetchall():
        cursor.execute(f"DROP FUNCTION {name}(uuid, text)")
