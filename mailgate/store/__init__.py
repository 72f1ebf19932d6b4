"""The database: one transaction covers a mail, its ticket, its ledger entries and what will be sent because of it.

`database.py` opens it and hands out transactions; `tables/` is the schema; each other module holds the named queries
of one aggregate, which take a `Transaction` and plain values and return plain values. Not here: any decision. Nothing
outside this package imports the database's libraries.
"""
