"""The attendee's public pages under /s/: the survey behind a QR code, and the fast storing of its answers.

"A full hall" is promised (500 people in a minute from one address; at least as many answers a second as the
smallest durable endpoint takes; a page of at most 5 KB in one request). It is why this folder is optimised
beyond the rest of the package; docs/decisions/attendee.md has the measurements:

- `routes`, a WSGI application beside Flask's: no session, sign-in or transaction comes before an answer. It
  writes its own headers, which saves 40 µs of CPU a page and 60 an answer over werkzeug's `Response`.
- `page`, rendered and compressed once, except for its nonce: 190 µs a page and 62 an answer.
- `queries`, an activity cached for two seconds and read anew by one thread: one query an answer, and on
  PostgreSQL a new connection for each thread of a hall.
- `operations`, a batch as one JSON array in one statement (two on SQLite), which also checks that the
  activity is unchanged since the answers were validated: up to 2.9 times the answers a second on PostgreSQL,
  1.5 times on SQLite. The thread that writes a batch also makes its rows: 35 µs less CPU an answer.
- `group_commit`, one commit for all waiting requests: a third of the CPU of a shared lock. Its lock file lets
  the processes that write to one SQLite database take turns; on PostgreSQL it lets a crowd gather.
"""
