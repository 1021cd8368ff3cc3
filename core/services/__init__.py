"""Use cases, one function each: the only thing that pages, the command line and jobs call."""
