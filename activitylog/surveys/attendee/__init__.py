"""The attendee's public pages under /s/: the survey behind a QR code, and the fast storing of its answers.

"A full hall" is promised (500 people in a minute from one address; answers at least as many a second as the
smallest durable endpoint takes on the same server and database; a page of at most 5 KB in one request). It is
why this folder is optimised beyond the rest of the package. docs/decisions/attendee.md has the measurements
of each optimisation and of what was tried without it:

- `routes`, a WSGI application beside Flask's: answers. No session, sign-in or transaction comes before one.
- `group_commit`, one commit for all waiting requests: answers, on both databases. Its lock file lets the
  processes that write to one SQLite database take turns; on PostgreSQL it lets a crowd gather.
- `bulk_insert`, a batch as one JSON array in one statement, which also checks that the activity is unchanged
  since the answers were validated: answers on PostgreSQL, where each statement is a round trip.
- `queries`, an activity cached for two seconds: answers. None needs a query for its activity.
- `page`, rendered and compressed once up to its nonce: answers, each of which gets a page of thanks.
"""
