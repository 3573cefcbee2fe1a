"""The command line: `gradelib VERB`. One verb is one function; `main` is the entry point.

    gradelib release    the students' notebooks, from the sources
    gradelib grade      hand-ins into the gradebook
    gradelib feedback   each student's page
    gradelib export     scores for a spreadsheet
    gradelib verify     is the course fit to be released and graded?
    gradelib mistakes   which mistakes the class made, exercise by exercise
    gradelib doctor     what this machine offers to isolate students' code

Exit codes: 0 all is well; 1 some hand-in, page or check is not; 2 the request makes no sense.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

try:
    import typer
    from rich.markup import escape
    from rich.table import Table
    from typer import Argument, Option

    from .classroom.terminal import console, fail, listed, progress_bar, say

    CourseFolder = Annotated[Path, Option("--course", metavar="DIR", help="The course's folder.")]
except ModuleNotFoundError:  # the students' half is installed without them
    typer = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from .classroom.course import Course

ZIP = "dist/students.zip"
"""Where `release --zip` writes when no path is given, within the course."""


def release(
    *,
    assignments: Annotated[list[str] | None, Argument(metavar="[ASSIGNMENT]...")] = None,
    course: CourseFolder = Path(),
    check: Annotated[bool, Option("--check", help="Change nothing; exit 1 when stale.")] = False,
    zip_to: Annotated[
        str | None,
        Option(
            "--zip",
            metavar="[FILE.zip]",
            help=f"Write the students' zip as well, to {ZIP} unless another is named.",
        ),
    ] = None,
) -> None:
    """Generate the students' notebooks from the sources: the named assignments, or all."""
    from .classroom import release as releasing
    from .classroom.bundle import bundle

    opened = _course(course)
    if check:
        found = releasing.stale(opened, assignments or None)
        if found:
            say("\n".join(found))
            fail("the release is not what its sources give; try: gradelib release", code=1)
        say("the release is fresh")
        return
    done = releasing.release(opened, assignments or None)
    say("\n".join(done) or "the release was fresh")
    if zip_to is not None:
        path = opened.root / ZIP if zip_to == ZIP else Path(zip_to)
        say(f"{path}: {len(bundle(opened, path))} files")


def grade(
    *,
    assignments: Annotated[list[str], Argument(metavar="ASSIGNMENT...", show_default=False)],
    course: CourseFolder = Path(),
    student: Annotated[
        str | None, Option("--student", metavar="ID", help="Grade this student only.")
    ] = None,
    jobs: Annotated[
        int | None, Option("--jobs", metavar="N", min=1, help="Processes; as many as processors.")
    ] = None,
    cluster: Annotated[
        str | None,
        Option(
            "--cluster", metavar="ADDRESS", help="A Dask scheduler to grade on, tcp://HOST:PORT."
        ),
    ] = None,
    timeout: Annotated[
        float | None, Option(metavar="SECONDS", min=1, help="Time that a whole hand-in may take.")
    ] = None,
    cell_timeout: Annotated[
        float | None, Option(metavar="SECONDS", min=0.1, help="Time that a cell may take: 60.")
    ] = None,
    memory: Annotated[
        int | None, Option(metavar="MB", min=64, help="Memory that a hand-in may take.")
    ] = None,
    force: Annotated[bool, Option("--force", help="Grade also what has not changed.")] = False,
    no_sandbox: Annotated[
        bool, Option("--no-sandbox", help="Grade where hand-ins cannot be isolated: dangerous.")
    ] = False,
) -> None:
    """Grade the hand-ins in submitted/STUDENT/ASSIGNMENT/ into the gradebook."""
    from .classroom.command import run
    from .classroom.ready import Options

    code = run(
        _course(course),
        list(dict.fromkeys(assignments)),
        student=student,
        jobs=jobs,
        cluster=cluster,
        options=Options(
            timeout=timeout,
            cell_timeout=cell_timeout,
            memory=memory,
            force=force,
            sandboxed=not no_sandbox,
        ),
    )
    if code:
        raise typer.Exit(code)


def feedback(
    *,
    assignments: Annotated[list[str], Argument(metavar="ASSIGNMENT...", show_default=False)],
    course: CourseFolder = Path(),
    student: Annotated[
        str | None, Option("--student", metavar="ID", help="This student's page only.")
    ] = None,
) -> None:
    """Write each student's page for graded assignments."""
    from .classroom.feedback import NotGradedError
    from .classroom.feedback import feedback as write_pages
    from .exam.texts.notebook import one_line

    opened = _course(course)
    failed, pages = [], 0
    for assignment in dict.fromkeys(assignments):
        opened.require(assignment)
        found, ungraded = opened.submissions(assignment, student), []
        for submission in found:
            try:
                pages += len(write_pages(opened, submission))
            except NotGradedError:
                ungraded.append(submission.student)
            except Exception as error:
                failed.append(f"{assignment!r} of {submission.student!r}: {one_line(error)}")
        if ungraded:
            failed.append(
                f"{assignment!r} is not graded yet for {listed(ungraded)}; "
                f"try: gradelib grade {assignment}"
            )
        if not found:
            failed.append(f"{assignment!r} has no hand-ins")
    folder = opened.root / opened.directory.feedback_directory
    say(f"{pages} {'page' if pages == 1 else 'pages'} in {folder}/STUDENT/ASSIGNMENT/")
    if failed:
        fail("\n".join(failed), code=1)


def export(
    *,
    course: CourseFolder = Path(),
    to: Annotated[
        str, Option("--to", metavar="FILE", help="The file to write; - for the terminal.")
    ] = "grades.csv",
) -> None:
    """Write the gradebook's scores as CSV: one line per student and assignment."""
    from .classroom.export import write_csv
    from .classroom.gradebook import rows

    found = rows(_course(course))
    if to == "-":
        write_csv(found, sys.stdout)
        return
    try:
        with open(to, "w", encoding="utf-8", newline="") as file:
            count = write_csv(found, file)
    except OSError as error:
        fail(f"cannot write {to}: {error.strerror}; name another file with --to FILE")
    waiting = sum(row.waiting > 0 for row in found)
    say(
        f"{count} {'row' if count == 1 else 'rows'} in {to}"
        + (f"; {waiting} with answers that a person has yet to grade" if waiting else "")
        + ("" if found else ": nothing is graded yet; try: gradelib grade ASSIGNMENT")
    )


def verify(
    *,
    assignments: Annotated[list[str] | None, Argument(metavar="[ASSIGNMENT]...")] = None,
    course: CourseFolder = Path(),
) -> None:
    """Check that solutions earn all points, untouched notebooks none, and that nothing leaks."""
    from .classroom.verify import verify as checks

    table = Table("Assignment", "Check", "", "Found")
    good = True
    with progress_bar() as progress:
        progress.add_task("verifying", total=None)
        for check in checks(_course(course), assignments or None):
            good &= check.passed
            mark = "[green]ok[/]" if check.passed else "[bold red]FAILED[/]"
            table.add_row(escape(check.assignment), check.name, mark, escape(check.detail))
    console().print(table)
    if not good:
        raise typer.Exit(1)


def mistakes(
    *,
    assignment: Annotated[str, Argument(metavar="ASSIGNMENT", show_default=False)],
    course: CourseFolder = Path(),
    student: Annotated[
        str | None, Option("--student", metavar="ID", help="This student's mistakes only.")
    ] = None,
) -> None:
    """Count the mistakes named in graded hand-ins; where known, show the line of the solution."""
    from .classroom.mistakes import mistakes as count

    table = Table()
    heads = ("Exercise", "Mistake", "Students", "Line of the solution, and what becomes of it")
    for head in heads:
        table.add_column(head, overflow="fold")
    rows = count(_course(course), assignment, student)
    for row in rows:
        places = "\n".join(
            f"{line}: {before}\n{' ' * len(str(line))}→ {after or '(gone)'}"
            for line, before, after in row.edits
        )
        who = f"{len(row.students)}: {', '.join(row.students)}"
        table.add_row(escape(row.exercise), row.mistake, escape(who), escape(places))
    if rows:
        console().print(table)
    else:
        say("no mistakes: every check passed or stopped with an error")


def doctor() -> None:
    """Say what this machine offers to isolate students' code; exit 1 where it is not enough."""
    from .exam.sandbox.doctor import main as examine_machine

    if code := examine_machine():
        raise typer.Exit(code)


VERBS = (release, grade, feedback, export, verify, mistakes, doctor)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    try:
        from .classroom.course import CourseError
    except ModuleNotFoundError:
        _needs_more()
    if typer is None:
        _needs_more()

    app = typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        help="Release, grade and give back the notebooks of a course on backpropagation.",
    )
    for verb in VERBS:
        app.command()(verb)
    try:
        app(_with_zip_path(sys.argv[1:] if arguments is None else arguments), prog_name="gradelib")
    except CourseError as error:
        fail(str(error))
    sys.exit(0)


def _needs_more() -> NoReturn:
    print(
        "gradelib's commands need more packages: pip install 'gradelib[grading]'", file=sys.stderr
    )
    sys.exit(2)


def _with_zip_path(arguments: Sequence[str]) -> list[str]:
    """The arguments with a path after `--zip`, which may stand without one."""
    full: list[str] = []
    for index, argument in enumerate(arguments):
        full.append(argument)
        if argument == "--zip" and not "".join(arguments[index + 1 : index + 2]).endswith(".zip"):
            full.append(ZIP)
    return full


def _course(root: Path) -> Course:
    from .classroom.course import Course

    return Course(root)
