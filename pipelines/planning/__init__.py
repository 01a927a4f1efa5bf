"""Planning: read frames from the marts, call a pure room, write frames to schema `plan`."""
