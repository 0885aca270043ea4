"""From files to papers in the library, with both indexes kept true to it."""
