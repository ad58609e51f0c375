"""Hardware models in every form, the boards, and the machine builder."""
