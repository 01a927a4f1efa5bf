"""The mapping wizard: an unknown file to a mapping that a person has confirmed. It loads nothing."""
