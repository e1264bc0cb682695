"""The registry of what holds a person, against the tables as they are."""

from sqlalchemy import JSON, String

from bot.services.personal import NOBODYS, PERSONAL_COLUMNS, WITH_PEOPLE
from storage import tables as t


def texts() -> set[str]:
    """Every column that could hold somebody's id or name: of text or JSON, and no reference to another table's row."""
    return {
        f"{table.name}.{column.name}"
        for table in t.Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, String | JSON) and not column.foreign_keys
    }


def test_every_column_of_text_says_whether_it_holds_people() -> None:
    held = {f"{one.table.__tablename__}.{one.column}" for one in PERSONAL_COLUMNS}
    assert texts() - held - WITH_PEOPLE - NOBODYS == set(), "say in bot/services/personal.py what becomes of these"
    assert held | WITH_PEOPLE | NOBODYS == texts(), "these are gone"
    assert not held & NOBODYS
    assert not held & WITH_PEOPLE


def test_what_is_shown_of_a_row_is_there() -> None:
    for one in PERSONAL_COLUMNS:
        assert set(one.shown) <= {column.name for column in one.table.__table__.columns}, one.words
        assert "workspace_id" in one.table.__table__.columns
