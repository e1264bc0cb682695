"""The registry of what holds a person, against the tables as they are."""

from sqlalchemy import JSON, Enum, String

from bot.domain.personal import GROUP, ErasureAction, Personal
from bot.services.personal_columns import PERSONAL_COLUMNS, RECORDED
from storage import tables as t
from storage.tables.base import PERSONAL


def test_every_column_of_text_says_whether_it_holds_people() -> None:
    """All of text or JSON but enums, references to another table's row, and random ids."""
    silent = [
        f"{table.name}.{column.name}"
        for table in t.Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, String | JSON) and not isinstance(column.type, Enum) and not column.foreign_keys
        if PERSONAL not in column.info and not (column.primary_key and column.default)
    ]
    assert silent == [], "say in storage/tables what they hold: `of_person`, WITH_PEOPLE or NOBODY"


def test_every_place_that_holds_people_is_known_to_what_gives_out_and_erases() -> None:
    """Counted from the classes, column by column, where services read the tables."""
    declared = [
        (mapper.class_, name)
        for mapper in t.Base.registry.mappers
        for name, column in mapper.columns.items()
        if isinstance(column.info.get(PERSONAL), Personal)
    ]
    assert sorted(map(str, declared)) == sorted(str((one.table, one.column)) for one in PERSONAL_COLUMNS)


def test_what_is_recorded_when_it_is_erased_has_an_id_by_which_a_restore_finds_it() -> None:
    declared = {
        mapper.class_
        for mapper in t.Base.registry.mappers
        for column in mapper.columns.values()
        if isinstance(said := column.info.get(PERSONAL), Personal) and said.fate is ErasureAction.RECORDED
    }
    assert set(RECORDED) == declared >= {t.Reflection, t.ParkedItem, t.HandoffNote}
    for table in RECORDED:
        assert [column.name for column in table.__table__.primary_key] == ["id"]
        assert table.__table__.c.id.default.arg.__name__ == t.new_id.__name__


def test_what_was_written_for_a_group_alone_says_since_when_messages_show_it() -> None:
    """An erasure would not know of which meetings the messages show it."""
    for one in PERSONAL_COLUMNS:
        names = {column.name for column in one.table.__table__.columns}
        of_group = GROUP in names and "meeting_id" not in names
        if one.fate is ErasureAction.RECORDED and of_group:
            assert one.shown_since is not None, f"{one.table.__tablename__}.{one.column}: say `shown_since`"
        assert one.shown_since is None or {one.shown_since, GROUP} <= names


def test_what_is_shown_of_a_row_is_there() -> None:
    for one in PERSONAL_COLUMNS:
        assert set(one.shown) <= {column.name for column in one.table.__table__.columns}, one.words
        assert "workspace_id" in one.table.__table__.columns
