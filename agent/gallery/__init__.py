"""Months on a wall with nobody to look after it: who is there, when it is open, and who notices that it has died."""
