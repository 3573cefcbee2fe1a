"""What a check found, and how it looks as text and as HTML."""
