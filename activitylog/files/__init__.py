"""Evidence files: checked, stored once by content, and sent under their verified type.

A file is stored in two steps, because checking it takes longer than a transaction may write:

    with file_store().intake() as files:  # what no row has taken at the end is removed
        check_quota(session, files, by_id=user.id, incoming=…, now=now, most=…)
        document = store_document(files, upload.stream, upload.filename)  # or store_picture: no lock
        start_writing(session)
        report.file = add_stored_file(session, document.content, by_id=user.id, now=now)
        session.commit()

in a view decorated with `@takes_files(largest=…)`. A form that offers its files again after an error uses
`file_store()` itself: they wait, staged, for a day. Whoever calls `send_stored` checks who may read the file.
"""
