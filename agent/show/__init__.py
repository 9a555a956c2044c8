"""What people see: cues for visuals, and the live view. It watches the session and changes nothing in it."""
