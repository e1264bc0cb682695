"""Files: an address to upload to, once and as announced; shared where the bot is, seen by those who are there."""

from typing import Any

from tests.sandbox.conftest import ANA, CIRCLE, SUPERVISORS, Served

DM = "D0ANA"


async def content_of(served: Served, file: str, who: str) -> tuple[int, str]:
    answer = await served.http.get(f"/sandbox/files/{file}", params={"as": who})
    return answer.status_code, answer.text


async def test_slacks_client_sends_files_to_one_person(served: Served) -> None:
    files = [
        {"filename": "a.txt", "title": "To read", "content": "Grüße"},
        {"filename": "a.json", "title": "As JSON", "content": "{}"},
    ]
    answer = await served.client().files_upload_v2(channel=DM, file_uploads=files, initial_comment="Here")
    first, second = (file["id"] for file in answer["files"])
    (message,) = await served.reads(ANA, DM)
    assert (message["text"], message["files"]) == ("Here", [first, second])
    state = await served.state(ANA)
    assert state["files"][first] == {"id": first, "name": "a.txt", "title": "To read", "size": 7}
    assert await content_of(served, first, ANA) == (200, "Grüße")
    assert (await content_of(served, first, "U0BEN"))[0] == 404
    assert (await served.state("U0BEN"))["files"] == {}


async def test_what_slack_would_refuse_is_refused(served: Served) -> None:
    announce = "files.getUploadURLExternal"
    assert (await served.api(announce, filename="a"))["error"] == "invalid_arguments"
    assert (await served.api(announce, filename="a", length="0"))["error"] == "invalid_arguments"
    given = await served.api(announce, filename="a", length=3)
    path = given["upload_url"].removeprefix(served.address)
    shared: dict[str, Any] = {"files": [{"id": given["file_id"]}], "channel_id": DM}
    assert (await served.api("files.completeUploadExternal", **shared))["error"] == "file_not_found"
    assert (await served.http.post(path, content=b"four")).status_code == 400
    assert (await served.http.post(path, content=b"all")).status_code == 200
    assert (await served.http.post(path, content=b"all")).status_code == 404
    elsewhere = shared | {"channel_id": "C0RANDOM"}
    assert (await served.api("files.completeUploadExternal", **elsewhere))["error"] == "not_in_channel"
    assert (await served.api("files.completeUploadExternal", **shared))["ok"]
    assert (await served.api("files.completeUploadExternal", **shared))["error"] == "file_not_found"
    assert not await served.reads("U0BEN", CIRCLE)
    assert SUPERVISORS not in (await served.state("U0BEN"))["messages"]


async def test_an_app_that_was_not_given_the_scope_sends_no_files(served: Served) -> None:
    await served.ask("scopes", without=["files:write"])
    answer = await served.api("files.getUploadURLExternal", filename="a", length=3)
    assert (answer["error"], answer["needed"]) == ("missing_scope", "files:write")
