"""The attendee's public pages under /s/: the survey behind a QR code, and the fast way in for its answers.

"A full hall" is promised (500 people in a minute from one address; answers at least as many a second as the
smallest durable endpoint takes on the same server and database; a page of at most 5 KB in one request). It is
why this folder may be cleverer than the rest of the house. What each trick buys, as measured and with what
was tried without, is in docs/decisions/attendee.md:

- `routes`, a WSGI application beside Flask's: answers. No session, sign-in or transaction comes before one.
- `group_commit`, one commit for all requests that wait: answers, on both databases. Its lock file lets the
  processes that write to one SQLite database take turns; on PostgreSQL it lets a crowd gather.
- `bulk_insert`, a batch as one JSON array in one statement, which also sees to it that the activity still is
  as it was when the answers were judged: answers on PostgreSQL, where each statement is a journey.
- `queries`, an activity remembered for two seconds: answers. None is read with a statement of its own.
- `page`, rendered and compressed once up to its nonce: answers, each of which gets a page of thanks.
"""
