"""Many submissions, and what becomes of them.

    course     a course's folders, settings and hand-ins
    release    the students' notebooks               bundle     the zip that students get
    papers     what the exam needs of an assignment  ready      ... rehearsed, and tried on itself
    grading    hand-ins into the gradebook           batch      ... on any executor
    worker     what runs in a worker                 executors  processes, a Dask cluster
    verdicts   kept on disk, found again             private    the secret, and who is grading
    marks      from a verdict to nbgrader's points   writing    ... into its tables
    autograded the graded notebooks                  gradebook  nbgrader's database
    plugin     the exam in nbgrader's own pipeline   pipeline   ... which nbgrader_config.py names
    feedback   each student's page                   export     scores for a spreadsheet
    verify     is the course fit to be released?     mistakes   which mistakes a class made
    command    the verb `grade`                      terminal   what the command line prints

The command line (`gradelib.cli`) calls these, and so may a script. Importing nbgrader takes
seconds, so none of them is imported here.
"""

from gradelib.exam import lean  # noqa: F401 - before anything imports nbformat
