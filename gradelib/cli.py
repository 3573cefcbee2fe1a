"""The command line: `gradelib VERB`. One verb is one function; `main` is the entry point.

    gradelib release    the students' notebooks, from the sources
    gradelib grade      hand-ins into the gradebook
    gradelib feedback   each student's page
    gradelib export     scores for a spreadsheet
    gradelib verify     is the course fit to be released and graded?

Exit codes: 0 all is well; 1 some hand-in, page or check is not; 2 the request makes no sense.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

try:
    import typer
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Table
    from typer import Argument, Option
except ModuleNotFoundError:  # the students' half is installed without them
    typer = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from .classroom.batch import Outcome
    from .classroom.course import Course

ZIP = "dist/students.zip"
"""Where `release --zip` writes when no path is given, within the course."""


def release(
    *,
    assignments: Annotated[list[str] | None, Argument(metavar="[ASSIGNMENT]...")] = None,
    course: Annotated[
        Path, Option("--course", metavar="DIR", help="The course's folder.")
    ] = Path(),
    check: Annotated[bool, Option("--check", help="Change nothing; exit 1 when stale.")] = False,
    zip_to: Annotated[
        str | None,
        Option("--zip", metavar="[PATH]", help=f"Write the students' zip as well ({ZIP})."),
    ] = None,
) -> None:
    """Generate the students' notebooks from the sources: the named assignments, or all."""
    from .classroom import release as releasing
    from .classroom.bundle import bundle

    opened = _course(course)
    if check:
        found = releasing.stale(opened, assignments or None)
        if found:
            _print("\n".join(found))
            _fail("the release is not what its sources give; try: gradelib release", code=1)
        _print("the release is fresh")
        return
    done = releasing.release(opened, assignments or None)
    _print("\n".join(done) or "the release was fresh")
    if zip_to is not None:
        path = opened.root / ZIP if zip_to == ZIP else Path(zip_to)
        _print(f"{path}: {len(bundle(opened, path))} files")


def grade(
    *,
    assignments: Annotated[list[str], Argument(metavar="ASSIGNMENT...", show_default=False)],
    course: Annotated[
        Path, Option("--course", metavar="DIR", help="The course's folder.")
    ] = Path(),
    student: Annotated[
        str | None, Option("--student", metavar="ID", help="Grade this student only.")
    ] = None,
    cell_timeout: Annotated[
        int, Option("--cell-timeout", metavar="SECONDS", min=1, help="Time that a cell may take.")
    ] = 60,
) -> None:
    """Grade the hand-ins in submitted/STUDENT/ASSIGNMENT/ into the gradebook."""
    from .classroom.batch import grade_all
    from .classroom.gradebook import register
    from .classroom.grading import Grader

    opened = _course(course)
    wanted = list(dict.fromkeys(assignments))
    for assignment in wanted:
        opened.require(assignment)
    submissions = [entry for name in wanted for entry in opened.submissions(name, student)]
    if not submissions:
        place = opened.root / opened.directory.submitted_directory / "STUDENT"
        _fail(f"no hand-ins: there is no folder {place / ' or '.join(wanted)}")
    for assignment in wanted:
        register(opened, assignment)
    outcomes = []
    with _progress() as progress:
        task = progress.add_task("grading", total=len(submissions))
        for outcome in grade_all(submissions, Grader(opened, cell_timeout)):
            outcomes.append(outcome)
            progress.update(task, advance=1, description=escape(f"graded {outcome.student}"))
    _show(outcomes, opened)
    if any(outcome.cause for outcome in outcomes):
        raise typer.Exit(1)


def feedback(
    *,
    assignments: Annotated[list[str], Argument(metavar="ASSIGNMENT...", show_default=False)],
    course: Annotated[
        Path, Option("--course", metavar="DIR", help="The course's folder.")
    ] = Path(),
    student: Annotated[
        str | None, Option("--student", metavar="ID", help="This student's page only.")
    ] = None,
) -> None:
    """Write each student's page for graded assignments."""
    from .classroom.batch import one_line
    from .classroom.course import CourseError
    from .classroom.feedback import feedback as write_pages

    opened = _course(course)
    failed, pages = [], 0
    for assignment in dict.fromkeys(assignments):
        opened.require(assignment)
        for submission in opened.submissions(assignment, student):
            try:
                pages += len(write_pages(opened, submission))
            except CourseError as error:
                failed.append(str(error))
            except Exception as error:
                failed.append(f"{assignment!r} of {submission.student!r}: {one_line(error)}")
    folder = opened.root / opened.directory.feedback_directory
    _print(f"{pages} {'page' if pages == 1 else 'pages'} in {folder}/STUDENT/ASSIGNMENT/")
    if failed:
        _fail("\n".join(failed), code=1)


def export(
    *,
    course: Annotated[
        Path, Option("--course", metavar="DIR", help="The course's folder.")
    ] = Path(),
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
        _fail(f"cannot write {to}: {error.strerror}; name another file with --to FILE")
    _print(f"{count} rows in {to}")


def verify(
    *,
    assignments: Annotated[list[str] | None, Argument(metavar="[ASSIGNMENT]...")] = None,
    course: Annotated[
        Path, Option("--course", metavar="DIR", help="The course's folder.")
    ] = Path(),
) -> None:
    """Check that solutions earn all points, untouched notebooks none, and that nothing leaks."""
    from .classroom.verify import verify as checks

    table = Table("Assignment", "Check", "", "Found")
    good = True
    with _progress() as progress:
        progress.add_task("verifying", total=None)
        for check in checks(_course(course), assignments or None):
            good &= check.passed
            mark = "[green]ok[/]" if check.passed else "[bold red]FAILED[/]"
            table.add_row(escape(check.assignment), check.name, mark, escape(check.detail))
    _console().print(table)
    if not good:
        raise typer.Exit(1)


VERBS = (release, grade, feedback, export, verify)


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
        _fail(str(error))
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


def _console(*, stderr: bool = False) -> Console:
    """A console that does not squeeze tables into 80 columns when its output goes to a file."""
    console = Console(stderr=stderr, highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 140
    return console


def _print(text: str) -> None:
    _console().print(escape(text), soft_wrap=True)


def _fail(message: str, code: int = 2) -> NoReturn:
    _console(stderr=True).print(escape(f"gradelib: {message}"), soft_wrap=True)
    raise SystemExit(code)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=_console(stderr=True),
        transient=True,
    )


def _show(outcomes: Sequence[Outcome], course: Course) -> None:
    """The table of outcomes, and where the rest is."""
    table = Table("Student", "Assignment")
    table.add_column("Points", justify="right")
    table.add_column("By hand", justify="right")
    table.add_column("Outcome")
    for outcome in outcomes:
        lines = [f"[bold red]{escape(outcome.cause)}[/]" if outcome.cause else "graded"]
        lines += [f"[dim]{escape(note)}[/]" for note in outcome.notes]
        table.add_row(
            escape(outcome.student),
            escape(outcome.assignment),
            f"{outcome.score:g} / {outcome.max_score:g}",
            f"{outcome.waiting} waiting" if outcome.waiting else "",
            "\n".join(lines),
        )
    _console().print(table)
    bad = sum(outcome.cause is not None for outcome in outcomes)
    _print(
        f"{len(outcomes) - bad} of {len(outcomes)} graded"
        + (f", {bad} not to the end" if bad else "")
    )
    _print(f"gradebook: {course.directory.db_url}; logs: {course.root / '.grading' / 'logs'}")
