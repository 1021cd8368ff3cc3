"""Series and movements from counts of stories; frames in, frames out, no database and no drawing."""
