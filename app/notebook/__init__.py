"""What people did with an archive: conversations, saved questions, batches; in one SQLite file beside the index."""
