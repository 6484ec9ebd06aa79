"""The data path: files, inputs and rows of people's logic are checked and go into the stage's table."""
