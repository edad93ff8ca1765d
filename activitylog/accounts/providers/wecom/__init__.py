"""企业微信 (WeCom): its web authorization, the token of the office's application, and its error codes."""
