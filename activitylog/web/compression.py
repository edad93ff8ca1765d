"""Compresses pages that never print text from the request or from strangers.

A page with a secret (its form's token) beside text an attacker chooses would leak the secret by its
compressed length (BREACH).
"""

import gzip

from flask import Response, request


def gzipped(page: str) -> Response:
    """The page as a response, gzipped when the client accepts it."""
    answer = Response(page, mimetype="text/html")
    answer.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] > 0:
        answer.set_data(gzip.compress(page.encode(), 6))
        answer.content_encoding = "gzip"
    return answer
