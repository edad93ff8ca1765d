"""Reads a 绩效目标申报表 into plain values, without database or framework."""
