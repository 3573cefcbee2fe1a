"""One submission, graded. Trusts nothing in it.

    handin     what was handed in, as bytes           paper      what is asked, and what counts
    notebook   a notebook, whatever it is             rebuild    puts it on the master's frame
    names      which names are the student's          wire       what crosses between two processes
    border     the examiner's end of it               serving    the candidate's end
    candidate  runs the student's cells               nursery    where candidates are born
    sandbox    what a candidate cannot do             doctor     what this machine offers
    examiner   runs the tests and decides the points  hall       one after another
    lean       a start without a second's idle work

A pure function: bytes of a hand-in and of its master in, a verdict of plain JSON out. Nothing here
knows nbgrader, and nothing is imported here.
"""
