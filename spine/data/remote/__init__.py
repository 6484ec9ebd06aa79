"""What is elsewhere: fetched into an archive by its digest, and read from there as every other file is."""
