"""One reader per format: a delivery's file becomes the temporary table `staged`, as untouched text."""
