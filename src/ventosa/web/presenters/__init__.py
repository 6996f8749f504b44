"""Values of the core and rows of the record become words and inks; templates only place them."""
