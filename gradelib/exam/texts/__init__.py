"""Notebooks and cells as text: read, put together and understood, never run.

handin     what was handed in          notebook   a notebook, whatever it is
paper      what is asked               rebuild    puts a hand-in on the master's frame
scopes     what a cell reads and binds names      which names are the student's
script     what the examiner runs      leaving    what need not be run for each hand-in
"""
