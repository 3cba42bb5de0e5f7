"""A list as a spreadsheet file."""

import csv

from django.http import HttpResponse
from django.utils.text import slugify

from pages.values import as_text, field_of, label_of

MAX_ROWS = 10_000
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(listing):
    columns = listing.page_class.columns
    name = slugify(str(listing.model._meta.verbose_name_plural)) or "export"
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.write("\ufeff")  # without it, spreadsheets read accents wrong
    writer = csv.writer(response)
    writer.writerow(harmless(label_of(listing.model, name)) for name in columns)
    for row in listing.rows()[:MAX_ROWS]:
        writer.writerow(cell(row, name) for name in columns)
    return response


def cell(row, name):
    value = getattr(row, name, None)
    field = field_of(row, name)
    if value is None:
        return ""
    if getattr(field, "flatchoices", None):
        return harmless(getattr(row, f"get_{name}_display")())
    text = as_text(field, value)
    is_number = isinstance(value, (int, float)) or hasattr(value, "as_tuple")
    return text if is_number else harmless(text)


def harmless(text):
    """Spreadsheets would run what looks like a formula, in headings and choices too."""
    return f"'{text}" if text.startswith(FORMULA) else text
