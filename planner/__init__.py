"""The planner's desk: a web application over the published snapshot and the journal of decisions."""
