"""The pure core of Signalfeed: what a corpus, a ledger and a profile are, and how they make a feed.

Nothing here reads a file, a clock, a socket or a random source; every function is a function of its arguments.
"""
