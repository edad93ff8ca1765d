"""Compressing a page on its way: only pages that never repeat what an address or a stranger says.

A page that holds a secret (its form's token) beside words of an attacker's choosing would tell the secret by
its compressed length.
"""

import gzip

from flask import Response, request


def packed(page: str) -> Response:
    """The page, compressed for whoever takes it so."""
    answer = Response(page, mimetype="text/html")
    answer.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] > 0:
        answer.set_data(gzip.compress(page.encode(), 6))
        answer.content_encoding = "gzip"
    return answer
