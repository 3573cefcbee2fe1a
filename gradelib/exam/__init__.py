"""One submission, graded. Trusts nothing in it.

    texts      notebooks and cells as text: a hand-in on its master's frame, whose names are whose
    crossing   what passes between the examiner and a candidate
    sandbox    where candidates are born, and what they cannot do
    running    cells run as IPython runs them; the candidate

    hall       exams, one after another     examining  ... in a process of their own
    examiner   one hand-in                  sitting    ... one notebook of it
    testing    the tests' side              seat       the candidate's
    rehearsal  what is the same for all     familiar   told as the notebook tells it
    points     of a cell                    verdict    of a hand-in
    lean       a start without a second's idle work

A pure function: bytes of a hand-in and of its master in, a verdict of plain JSON out. Nothing here
knows nbgrader, and nothing is imported here.
"""
