"""nbgrader's settings: where the course lies, and gradelib's steps in nbgrader's pipelines."""

from gradelib.classroom import feedback, pipeline

c = get_config()  # noqa: F821 - nbgrader provides it
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"
c.GenerateAssignment.preprocessors = pipeline.RELEASE
c.Autograde.sanitize_preprocessors = pipeline.SANITIZE
c.Autograde.autograde_preprocessors = pipeline.AUTOGRADE
c.GenerateFeedback.preprocessors = feedback.STEPS
c.GenerateFeedback.exporter_class = feedback.Page
c.Execute.timeout = 60
