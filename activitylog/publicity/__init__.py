"""WeChat pushes and media reports."""
