"""Database, periods, money, districts and files: plain parts that know no feature."""
