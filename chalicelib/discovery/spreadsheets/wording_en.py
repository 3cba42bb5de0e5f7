"""The English sentences. Callers: `wording`."""

from __future__ import annotations

from typing import Final

REFUSALS: Final = {
    "empty": ("The file is empty.", "Check that you chose the right one."),
    "too_large": ("The file has more than {limit} MB.", "Split it, or remove pictures and sheets nobody needs."),
    "password": (
        "The file is protected by a password.",
        "Open it in Excel, remove the password (File → Info → Protect Workbook), upload it again.",
    ),
    "xls": ("It is an old Excel workbook (.xls).", "Open it in Excel or LibreOffice and save it as .xlsx."),
    "xlsb": ("It is a binary workbook (.xlsb).", "Save it as .xlsx."),
    "ods": ("It is a LibreOffice sheet (.ods).", "Save it as .xlsx or .csv."),
    "numbers": ("It is a Numbers document.", "Export it as Excel (.xlsx) or CSV."),
    "other_office": ("It is a text document or a presentation.", "Upload a spreadsheet as .xlsx or .csv."),
    "other_archive": ("It is a compressed archive.", "Take the spreadsheet out and upload it alone."),
    "pdf": ("It is a PDF.", "Upload the spreadsheet it was made from, as .xlsx or .csv."),
    "picture": ("It is a picture.", "Upload the spreadsheet as .xlsx or .csv."),
    "html": (
        "It is a web page named like a spreadsheet, as some programs export them.",
        "Open it in Excel and save it as .xlsx.",
    ),
    "xml": ("It is XML, not a spreadsheet.", "Save it as .xlsx or .csv."),
    "json": ("It is JSON, not a spreadsheet.", "Convert it to .csv or .xlsx."),
    "binary": ("It is neither text nor a spreadsheet.", "Upload an .xlsx or a .csv."),
    "encoding": ("The text is damaged or in an unknown encoding.", "Save it as “CSV UTF-8”."),
    "broken": ("The file is damaged or incomplete.", "Open it, save it again as .xlsx, upload it once more."),
    "broken_csv": ("The CSV breaks off at line {line}.", "Look at the quotes of that line and save it again."),
    "doctype": (
        "The workbook contains declarations that no Excel workbook may have.",
        "Open it and save it again as .xlsx.",
    ),
    "zip_bomb": ("Unpacked it has more than {limit} MB.", "Split it, or delete rows and sheets nobody needs."),
    "too_many_parts": ("The workbook has more than {limit} parts.", "Remove pictures and objects, save it again."),
    "too_many_texts": ("The workbook has more than {limit} different texts.", "Split it into several files."),
    "too_many_sheets": ("The workbook has {count} sheets; at most {limit} are read.", "Keep the ones that matter."),
    "too_many_rows": (
        "The file has more than {limit} rows.",
        "Upload a part: the app is designed just as well, and the rest can be added later.",
    ),
    "too_slow": ("Reading the file takes more than {limit} seconds.", "Split it into several."),
    "no_table": (
        "No table was found: it takes a row of titles and at least one of data.",
        "Put the titles into one row and the data below.",
    ),
    "too_much_text": ("The data takes more than {limit} MB.", "Split it into several files."),
    "too_much_together": ("It does not fit beside what is there already: {why}", "Remove sheets or columns nobody needs."),
    "never_came": ("No readable file arrived in time.", "Begin another import and upload it again."),
    "closed": ("The conversation was closed when the file arrived.", "Begin another one."),
}  # fmt: skip

NOTES: Final = {
    "no_header": "It has no row of titles; columns are called by their position.",
    "header_again": "Row {row} repeats the titles; it was not taken.",
    "total": "Row {row} is a total; it was not taken.",
    "remark": "Row {row} is a remark at the end; it was not taken.",
    "same_header": "Two columns are called “{label}”; the second got a number.",
    "nameless_column": "Column {position} has no title.",
    "columns_cut": "It has more than {limit} columns; the first ones were taken.",
    "numbered": "No column can name the rows; “{label}” was added.",
    "empty_column": "It is empty.",
    "empty_is_no": "Empty counts as “no” ({count}).",
    "placeholders": "“-”, “N/A” and the like count as empty ({count}).",
    "order_unsure": "Read as day/month; no date of the file confirms it.",
    "order_unsure_month": "Read as month/day; no date of the file confirms it.",
    "rounded": "Values rounded to {places} decimals: {count}.",
    "several_currencies": "There are several currencies ({currencies}); amounts were taken without converting.",
    "spellings_merged": "Other ways of writing the same that were joined: {count}.",
    "formula_text": "Texts that begin like a formula: {count}; they are kept as texts and never run.",
    "formulas": "Cells with a formula: {count}; their last result was taken, not the formula.",
    "uncalculated": "Formulas without a kept result: {count}; open it in Excel, save it, upload it again.",
    "macros": "The workbook has macros: they are neither read nor run.",
    "hidden_sheet": "The hidden sheet “{name}” was not read.",
    "empty_sheet": "The sheet “{name}” has no table.",
    "no_cells": "“{name}” is a chart or has no cells.",
}  # fmt: skip

FAULTS: Final = {
    "not_a_date": "“{value}” is no date.",
    "not_an_email": "“{value}” is no email address.",
    "not_a_url": "“{value}” is no web address.",
    "not_a_phone": "“{value}” is no phone number.",
    "not_a_number": "“{value}” is no number.",
    "broken": "The formula fails ({value}).",
    "does_not_fit": "“{value}” does not fit into the app: too long or too large.",
    "repeated_key": "“{value}” stands above already; without it “{column}” would be unique.",
    "unknown_reference": "“{value}” is not in the other sheet.",
    "ambiguous_reference": "“{value}” is in the other sheet twice.",
    "stray": "“{value}” stands beside the table.",
}  # fmt: skip
