"""The training steps by hand in other libraries, where these are installed.

Each module has a table of the ladder's names; its functions take the library, as the
programs do, and give the same numbers.
"""
