"""An evening on one page, to be read on a phone: who played and planned what, and what a learner can see in it."""
