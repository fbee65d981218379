"""The shell: sockets, pages, database engine, bus, templates, languages and migrations."""
