"""Files as people have them: where in them text is, and how they are put together again with another text."""
