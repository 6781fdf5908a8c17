"""Networks side by side: the same minutes, samples, grid, cascade and cases."""
