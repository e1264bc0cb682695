"""Reading the question bank: what it gives, and that every kind of mistake is told with its place."""

from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest

from bot.domain.questions import Part, Purpose, Question, Stage, Wants
from prompts.bank import LONGEST, BankError, load_bank
from tests.prompts.shelf import good_bank, write


def mistakes(folder: Path) -> list[str]:
    with pytest.raises(BankError) as caught:
        load_bank(folder=folder)
    assert str(caught.value).splitlines() == list(caught.value.mistakes)
    return list(caught.value.mistakes)


def test_a_question_is_read_as_it_stands_in_its_file(tmp_path: Path) -> None:
    bank = good_bank()
    bank["growing"].append(
        {
            "id": "gr-how-sure",
            "part": "core",
            "theme": "impact",
            "text": "How sure are you?",
            "why": "It tells us where to look.",
            "wants": "scale",
            "purposes": ["topic", "cross_system"],
        }
    )
    assert load_bank(folder=write(bank, tmp_path)).get("gr-how-sure") == Question(
        id="gr-how-sure",
        stage=Stage.GROWING,
        part=Part.CORE,
        theme="impact",
        text="How sure are you?",
        why="It tells us where to look.",
        wants=Wants.SCALE,
        purposes=frozenset({Purpose.TOPIC, Purpose.CROSS_SYSTEM}),
    )


def test_a_question_wants_words_and_fits_every_purpose_unless_it_says_otherwise(tmp_path: Path) -> None:
    bank = load_bank(folder=write(good_bank(), tmp_path))
    assert {(q.wants, q.purposes) for q in bank.questions} == {(Wants.WORDS, frozenset())}


def test_the_first_question_is_the_one_that_is_marked(tmp_path: Path) -> None:
    bank = load_bank(folder=write(good_bank(), tmp_path))
    assert bank.first.id == "gs-opening-0"
    assert bank.first in bank.questions


def test_an_unknown_id_is_no_question(tmp_path: Path) -> None:
    assert load_bank(folder=write(good_bank(), tmp_path)).get("own-question") is None


def test_stages_share_out_the_whole_bank_in_the_order_of_the_files(tmp_path: Path) -> None:
    bank = load_bank(folder=write(good_bank(), tmp_path))
    assert tuple(q for stage in Stage for q in bank.by_stage(stage)) == bank.questions
    assert [q.id for q in bank.by_stage(Stage.GROWING)] == [entry["id"] for entry in good_bank()["growing"]]


def test_a_bank_cannot_be_changed(tmp_path: Path) -> None:
    bank = load_bank(folder=write(good_bank(), tmp_path))
    with pytest.raises(FrozenInstanceError):
        bank.questions = ()  # type: ignore[misc]  # that it fails is the point


def test_the_files_are_read_when_asked(tmp_path: Path) -> None:
    bank = good_bank()
    load_bank(folder=write(bank, tmp_path))
    bank["sustaining"][2]["text"] = "What now?"
    assert "What now?" in {q.text for q in load_bank(folder=write(bank, tmp_path)).questions}


def test_another_language_stands_in_files_of_its_own(tmp_path: Path) -> None:
    spanish = good_bank()
    spanish["getting_started"][0]["text"] = "¿Cómo aprendes?"
    write(good_bank(), tmp_path)
    assert load_bank("es", write(spanish, tmp_path, "es")).first.text == "¿Cómo aprendes?"
    assert load_bank("en", tmp_path).first.text != "¿Cómo aprendes?"


def test_a_language_without_files_is_told_for_each_stage(tmp_path: Path) -> None:
    with pytest.raises(BankError) as caught:
        load_bank("fr", write(good_bank(), tmp_path))
    assert caught.value.mistakes == tuple(f"{stage}.fr.toml: the file is missing." for stage in Stage)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"colour": "red"}, "the key “colour” is not known."),
        ({"theme": "weather"}, "'weather' is no theme; there are: how we learn,"),
        ({"theme": ["purpose"]}, "['purpose'] is no theme"),
        ({"part": "middle"}, "'middle' is no part; there are: opening, core, closing."),
        ({"wants": "song"}, "'song' is no wants; there are: words, scale."),
        ({"purposes": ["topic", "fun"]}, "'fun' is no purpose; there are: topic, practice, cross_system."),
        ({"purposes": "topic"}, "“purposes” is not a list."),
        ({"text": "Tell us."}, "“text” is not a question."),
        ({"text": "Why? Because."}, "“text” is not a question."),
        ({"text": "  "}, "“text” has no words."),
        ({"text": 7}, "“text” has no words."),
        ({"text": "What\nnow?"}, "“text” has line breaks or spaces that don't belong there."),
        ({"text": " What now?"}, "“text” has line breaks or spaces that don't belong there."),
        ({"text": "x" * LONGEST + "?"}, f"“text” has {LONGEST + 1} characters; {LONGEST} are the most."),
        ({"why": "x" * LONGEST + "."}, f"“why” has {LONGEST + 1} characters; {LONGEST} are the most."),
        ({"why": ""}, "“why” has no words."),
        ({"id": "gr-Loud"}, "“id” is 'gr-Loud'; it should be like gs-how-do-you-learn"),
        ({"id": "gr"}, "“id” is 'gr'; it should be like"),
        ({"id": "gr-" + "a" * 62}, "with 64 characters at most."),
        ({"id": 7}, "“id” is 7; it should be like"),
        ({"id": "su-elsewhere"}, "ids in this file begin with gr-."),
        ({"first": "yes"}, "“first” is neither true nor false."),
    ],
)
def test_a_mistake_in_a_question_is_told_with_its_file_and_id(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    bank = good_bank()
    bank["growing"][2] |= change
    (told,) = mistakes(write(bank, tmp_path))
    assert told.startswith(f"growing.en.toml, {bank['growing'][2]['id']}: ")
    assert words in told


@pytest.mark.parametrize("key", ["part", "theme", "text", "why"])
def test_a_missing_key_is_told(tmp_path: Path, key: str) -> None:
    bank = good_bank()
    del bank["growing"][2][key]
    assert mistakes(write(bank, tmp_path)) == [f"growing.en.toml, gr-core-2: “{key}” is missing."]


def test_a_question_without_an_id_is_named_by_its_place(tmp_path: Path) -> None:
    bank = good_bank()
    del bank["growing"][2]["id"]
    assert mistakes(write(bank, tmp_path)) == ["growing.en.toml, question 3: “id” is missing."]


def test_the_longest_texts_are_allowed(tmp_path: Path) -> None:
    bank = good_bank()
    bank["growing"][2] |= {"text": "x" * (LONGEST - 1) + "?", "why": "x" * LONGEST, "id": "gr-" + "a" * 61}
    assert load_bank(folder=write(bank, tmp_path)).get("gr-" + "a" * 61)


def test_the_same_id_twice_is_told_even_across_files(tmp_path: Path) -> None:
    bank = good_bank()
    bank["growing"][3]["id"] = "gr-core-2"
    bank["sustaining"][3]["id"] = "gr-core-2"
    assert mistakes(write(bank, tmp_path)) == [
        "sustaining.en.toml, gr-core-2: ids in this file begin with su-.",
        "growing.en.toml, gr-core-2: this id is in the bank 3 times.",
        "sustaining.en.toml, gr-core-2: this id is in the bank 3 times.",
    ]


def test_the_same_text_twice_is_told(tmp_path: Path) -> None:
    bank = good_bank()
    bank["sustaining"][3]["text"] = bank["growing"][2]["text"].upper()
    assert mistakes(write(bank, tmp_path)) == ["sustaining.en.toml, su-core-3: this text is in the bank 2 times."]


@pytest.mark.parametrize("named", [{"growwing": []}, {"questions": []}])
def test_a_file_of_an_unknown_stage_is_told(tmp_path: Path, named: dict[str, list[dict[str, Any]]]) -> None:
    (told,) = mistakes(write(good_bank() | named, tmp_path))
    (name,) = named
    assert told == f"{name}.en.toml: '{name}' is no stage; there are: getting_started, growing, sustaining."


def test_a_missing_file_is_told_and_nothing_else_about_it(tmp_path: Path) -> None:
    bank = good_bank()
    del bank["growing"]
    assert mistakes(write(bank, tmp_path)) == ["growing.en.toml: the file is missing."]


@pytest.mark.parametrize("content", [b"[[question]\n", b'[[question]]\nid = "\xff"\n', b"id = 1\nid = 2\n"])
def test_a_file_that_is_not_toml_is_told(tmp_path: Path, content: bytes) -> None:
    (write(good_bank(), tmp_path) / "growing.en.toml").write_bytes(content)
    (told,) = mistakes(tmp_path)
    assert told.startswith("growing.en.toml: it can't be read: ")


@pytest.mark.parametrize("content", ['stage = "growing"\n', "[question]\n", "question = [1]\n", "[[questions]]\n"])
def test_anything_but_questions_in_a_file_is_told(tmp_path: Path, content: str) -> None:
    (write(good_bank(), tmp_path) / "growing.en.toml").write_text(content, encoding="utf-8")
    assert mistakes(tmp_path) == ["growing.en.toml: only [[question]] tables belong here."]


@pytest.mark.parametrize(
    ("index", "words"),
    [
        (0, "1 opening questions are the least; for the purpose topic it has 0."),
        (1, "1 closing questions are the least; for the purpose topic it has 0."),
        (2, "12 core questions are the least; for the purpose topic it has 11."),
    ],
)
def test_too_few_questions_in_a_stage_are_told(tmp_path: Path, index: int, words: str) -> None:
    bank = good_bank()
    del bank["growing"][index]
    assert mistakes(write(bank, tmp_path)) == [f"growing.en.toml: {words}"]


def test_too_few_questions_for_one_purpose_are_told(tmp_path: Path) -> None:
    bank = good_bank()
    bank["growing"][2]["purposes"] = ["topic", "cross_system"]
    bank["growing"][3]["purposes"] = ["topic"]
    assert mistakes(write(bank, tmp_path)) == [
        "growing.en.toml: 12 core questions are the least; for the purpose practice it has 10."
    ]


def test_a_bank_without_a_first_question_is_told(tmp_path: Path) -> None:
    bank = good_bank()
    bank["getting_started"][0]["first"] = False
    assert mistakes(write(bank, tmp_path)) == [
        "getting_started.en.toml: no question is marked as the first one (first = true)."
    ]


def test_a_second_first_question_is_told(tmp_path: Path) -> None:
    bank = good_bank()
    bank["getting_started"].append(bank["getting_started"][0] | {"id": "gs-also-first", "text": "And what else?"})
    assert mistakes(write(bank, tmp_path)) == [
        "getting_started.en.toml, gs-also-first: another question is marked as the first one already."
    ]


@pytest.mark.parametrize(
    ("stage", "index", "change"),
    [
        ("getting_started", 2, {}),
        ("growing", 0, {}),
        ("getting_started", 0, {"wants": "scale"}),
        ("getting_started", 0, {"purposes": ["topic"]}),
    ],
)
def test_a_first_question_that_does_not_suit_everybody_is_told(
    tmp_path: Path, stage: str, index: int, change: dict[str, Any]
) -> None:
    bank = good_bank()
    del bank["getting_started"][0]["first"]
    bank[stage][index] |= {"first": True} | change
    (told,) = mistakes(write(bank, tmp_path))
    assert told.endswith("the first question is an opening of getting_started that fits every purpose and wants words.")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    bank = good_bank() | {"growwing": []}
    del bank["getting_started"][0]["first"]
    bank["getting_started"][2] |= {"theme": "weather", "text": "Tell us."}
    bank["growing"][2] |= {"color": "red", "part": "middle"}
    del bank["sustaining"][2]
    told = mistakes(write(bank, tmp_path))
    assert [line.split(": ")[0] for line in told] == [
        "getting_started.en.toml, gs-core-2",
        "getting_started.en.toml, gs-core-2",
        "growing.en.toml, gr-core-2",
        "growing.en.toml, gr-core-2",
        "sustaining.en.toml",
        "growwing.en.toml",
        "getting_started.en.toml",
    ]
