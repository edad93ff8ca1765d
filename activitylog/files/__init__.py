"""Evidence as files: checked, stored once by content, and handed out as nothing but what they are.

Keep a file in two steps, because looking at it takes longer than anybody may hold the database:

    kept = keep_document(file_store(), upload.stream, upload.filename)  # or keep_picture: no lock
    start_writing(session)
    report.file = store(session, kept.content, now=now)                 # one row per content

in a view marked `@takes_files(largest=…)`. What links to the file decides who may have it: `send_stored`.
"""
