"""The sample years as data, loaded through the operations people use, and their removal.

`data/2024` and `data/current` (written as of 2026; its days move with the year) hold one CSV file for each
sheet of the ledger workbook, which is what is imported, and `decisions.toml`: each decision names an
operation and its values. `data/answers.toml` says how people answer. CSV rather than .xlsx: a change can be
reviewed line by line. YEAR in a number is the year it is loaded for. A day like -3 or +8 is so many days from
today, so that there is always something to log and to review. The sheet 活动 has three columns more than the
ledger: 审核意见 (why it was returned or cancelled), 登记日期 (the day of an entry made late) and 扫码份数
(answers on screen); a row without 状态 corrects an earlier one on its 登记日期.
"""
