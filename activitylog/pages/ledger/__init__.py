"""The ledger in the browser: upload or paste, assign columns, preview, tick, import."""
