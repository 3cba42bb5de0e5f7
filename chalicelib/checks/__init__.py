"""What must hold before anybody's opinion: rules over source, and reports of the executed checks."""
