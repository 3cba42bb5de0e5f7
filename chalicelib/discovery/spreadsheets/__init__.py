"""From a CSV or XLSX file to entities, fields, references and rows, by rules alone."""
