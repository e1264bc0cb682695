"""What was written since it was last looked at."""

from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.scopes import Scope
from storage.tables.base import NOBODY, UNSHOWN, WITH_PEOPLE, Base


class Written(Base):
    """A scope that was written to: what stands in Slack about it may be out of date, and what is planned for it, too.

    `times` counts how often, so that whoever looks does not remove a mark that was made meanwhile. There is no time in
    it, and without rowid no order: when somebody wrote is nobody's business.
    """

    __tablename__ = "written"
    __table_args__ = ({"sqlite_with_rowid": False, "info": UNSHOWN},)
    workspace_id: Mapped[str] = mapped_column(primary_key=True, info=NOBODY)
    scope: Mapped[Scope] = mapped_column(primary_key=True)
    scope_id: Mapped[str] = mapped_column(primary_key=True, info=WITH_PEOPLE)
    times: Mapped[int] = mapped_column(default=1, info=NOBODY)
