"""What neither generation owns: host RAM, the RAM list, interrupt lines, the clock, characters."""
