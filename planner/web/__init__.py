"""The desk over HTTP: who is let in, what each address answers, the pages."""
