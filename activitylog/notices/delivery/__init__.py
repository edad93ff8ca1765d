"""Sends what is due by mail and by the group robots of WeCom, DingTalk and Feishu, each message once."""
