"""Reads a 绩效目标申报表 into plain values: no database, no framework, every quirk of real files."""
