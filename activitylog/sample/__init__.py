"""The sample years as data, loaded through the operations people use, and their removal.

`data/2024` and `data/current` (written as of 2026; its days move with the year) hold one CSV file, which can
be reviewed line by line, for each sheet of the ledger workbook that is imported, and `decisions.toml`: calls
of operations. `data/answers.toml` says how people answer. YEAR in a number is the year it is loaded for. A
day like -3 or +8 is so many from today, so that there is always something to log and to review. A row is
entered on its 登记日期, else on the day it was done; 扫码份数 are the answers on screen.
"""
