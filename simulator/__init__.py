"""A digital twin of the eleven systems: writes a retailer's exports day by day and executes our decisions."""
