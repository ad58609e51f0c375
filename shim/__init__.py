"""The seam between the generations: each module says when it is deleted."""
