"""Many submissions, and what becomes of them.

    course     a course's folders, settings and hand-ins
    release    the students' notebooks               bundle    the zip that students get
    grading    one hand-in graded                    batch     all of them
    gradebook  nbgrader's database                   export    scores for a spreadsheet
    feedback   each student's page                   verify    is the course fit to be released?
    terminal   what the command line prints

The command line (`gradelib.cli`) calls these, and so may a script. nbgrader's own commands use the
same steps through `pipeline`, which `nbgrader_config.py` names. Importing nbgrader takes seconds,
so nothing is imported here.
"""
