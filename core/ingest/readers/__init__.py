"""One reader a format: each turns a file into raw documents and problems, in the order of the file."""
