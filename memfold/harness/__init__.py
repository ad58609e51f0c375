"""Our worlds as subjects, the traces, and the `memfold` command."""
