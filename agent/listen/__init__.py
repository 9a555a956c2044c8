"""What the human (and the band) is doing, told causally, note by note, each estimate with a confidence."""
