"""`make house` draws the picture in docs/architecture.md anew, from the code as it is."""

from tests.house.drawing import PAGE, filled_in

PAGE.write_text(filled_in(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
