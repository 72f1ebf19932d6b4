"""The doctor: examines an installation from the outside and says what to change.

Each check is a function that yields findings; the table of them is in `examination.py`. A check asks and never
repairs, and none of them may stop the next. The only thing that it sends is the mail of the round trip, to the desk
itself and on demand. Not here: the promises about stored data (`fsck`).
"""
