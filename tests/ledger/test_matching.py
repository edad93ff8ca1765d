from activitylog.ledger.matching import RecordRow, StoredRecord, match_rows


def record(id_: int, batch: str, *, project_id: int = 1, withdrawn: bool = False) -> StoredRecord:
    return StoredRecord(id_, project_id, withdrawn, {"batch": batch})


def row(number: int, batch: str) -> RecordRow:
    return RecordRow(number, 1, None, {"batch": batch})


def pairs(rows: list[RecordRow], records: list[StoredRecord]) -> list[tuple[int, int | None]]:
    return [(row.number, found.id if found else None) for row, found in match_rows(rows, records, ("batch",))]


def test_rows_in_another_order_find_their_own_records() -> None:
    assert pairs([row(2, "乙"), row(3, "甲")], [record(1, "甲"), record(2, "乙")]) == [(2, 2), (3, 1)]


def test_what_is_equal_to_nothing_takes_what_is_left_in_order() -> None:
    records = [record(1, "甲"), record(2, "乙"), record(3, "丙")]
    assert pairs([row(2, "新"), row(3, "甲"), row(4, "另"), row(5, "多")], records) == [
        (2, 2),
        (3, 1),
        (4, 3),
        (5, None),
    ]


def test_a_withdrawn_record_is_found_last() -> None:
    records = [record(1, "甲", withdrawn=True), record(2, "乙")]
    assert pairs([row(2, "甲")], records) == [(2, 2)]
    assert pairs([row(2, "甲"), row(3, "甲")], records) == [(2, 2), (3, 1)]


def test_records_of_the_rows_own_project_come_first() -> None:
    assert pairs([row(2, "甲")], [record(1, "甲", project_id=9), record(2, "甲")]) == [(2, 2)]
