"""Cells run as IPython runs them, in the candidate and in the examiner.

shell      runs a cell                 showing    its display hooks
outputs    what it puts out, bounded   warming    a process that is ready to be forked
candidate  the student's process
"""
