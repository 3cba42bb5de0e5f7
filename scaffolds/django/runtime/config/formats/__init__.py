"""How dates are written, where Django's own way can be misread: 11/12 is two different days on two sides of an ocean."""
