"""What a persona thinks before it speaks: split off, bounded, watched live, kept."""
