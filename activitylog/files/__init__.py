"""Evidence files: checked, stored once by content, and sent under their verified type.

A file is stored in two steps, because checking it takes longer than a transaction may write:

    document = store_document(file_store(), upload.stream, upload.filename)  # or store_picture: no lock
    start_writing(session)
    report.file = add_stored_file(session, document.content, now=now)        # one row per content

in a view decorated with `@takes_files(largest=…)`. Whoever calls `send_stored` checks who may read the file.
"""
