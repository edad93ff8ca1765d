"""Milestones: undertakings with a due day, such as 制度, 科技小院 and 工作节点."""
