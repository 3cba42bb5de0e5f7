"""What each fault says in English: (what is wrong, the cure). Placeholders are facts of the fault, already quoted."""

from __future__ import annotations

HEADLINE = "The MVS has {count} faults. Correct them and send it again."
HEADLINE_ONE = "The MVS has 1 fault. Correct it and send it again."

MESSAGES: dict[str, tuple[str, str]] = {
    # --- shapes
    "missing": ("{attribute} is missing.", "Add {attribute}."),
    "unknown_attribute": (
        "There is no attribute {value} here.",
        "Remove it, or use one of: {known}.",
    ),
    "bad_key": (
        "{value} can't be a key.",
        "Keys are lower-case letters, digits and single underscores, begin with a letter and have at most 40"
        " characters: for example {suggestion}.",
    ),
    "bad_currency": ("{value} is not a currency code.", "Use three capital letters, such as 'EUR'."),
    "empty_text": ("This text is empty.", "Write something, or leave the attribute out if it is optional."),
    "too_long": ("{value} has more than {max} characters.", "Shorten it to {max} characters."),
    "not_text": ("{value} is not a text.", "Write it as a text, in quotes."),
    "not_unicode": ("This text contains half a character.", "Send the text as valid UTF-8."),
    "not_one_of": ("{value} is not one of the possible values.", "Use one of: {known}."),
    "not_an_object": ("{value} is not a group of attributes.", "Write it as `attribute: value` lines."),
    "not_a_list": ("{value} is not a list.", "Write it as a list, even if it has one element."),
    "too_few": ("This list has fewer than {min} elements.", "Add at least {min}."),
    "too_many": ("This list has more than {max} elements.", "Keep at most {max}."),
    "not_a_scalar": (
        "{value} is not a simple value.",
        "Write a text, a number, true or false; dates in quotes.",
    ),
    "malformed": ("{value} can't be used here.", "See the reference of the MVS format for this attribute."),
    "too_big": ("The document is larger than {max} characters.", "Describe less at once: fewer entities or demo rows."),
    "too_deep": ("The document is nested deeper than {max} levels.", "Follow the structure of the MVS format."),
    # --- words
    "control_character": ("{value} contains a control character.", "Remove it; type the text again if it was pasted."),
    "bidi_character": (
        "{value} contains a character that reverses the direction of the text.",
        "Remove the invisible direction marks.",
    ),
    "not_one_line": ("{value} has more than one line.", "Write it in one line."),
    "invisible_text": ("{value} shows nothing on a screen.", "Write a text people can see."),
    # --- keys
    "reserved_word": (
        "{value} is a word the app needs for itself.",
        "Choose another key, for example {suggestion}; the label on screen can stay as it is.",
    ),
    "duplicate_key": ("{value} is already taken here.", "Give each one its own key."),
    "lookalike_key": ("{value} and {other} differ only in underscores.", "Choose keys that differ in their letters."),
    "reference_column": (
        "{value} is also the column of the reference {other}.",
        "Rename this field or the reference.",
    ),
    "transition_is_field": ("{value} is also a field of this entity.", "Name the transition with a verb."),
    "repeated_value": ("{value} is said twice.", "Keep it once."),
    # --- what points where
    "unknown_field": ("There is no field {value} in this entity.", "Use one of: {known}; or add the field."),
    "unknown_entity": ("There is no entity {value}.", "Use one of: {known}; or add the entity."),
    "unknown_role": ("There is no role {value}.", "Use one of: {known}; or add the role."),
    "unknown_state": ("{value} is not an option of the workflow's field.", "Use one of: {known}; or add the option."),
    "unknown_row": ("No demo row of {to} has the _id {value}.", "Use one of: {known}; or add the row."),
    "not_a_title": (
        "{value} is of type {type} and can't name a row.",
        "Use a field people recognize a row by, such as a text.",
    ),
    "owner_is_implicit": ("The owner may always do everything.", "Remove {value} here."),
    "acts_unseen": ("{value} may do {actions} without seeing the rows.", "Add 'view'."),
    "sum_needs_field": ("{value} sums, but doesn't say what.", "Add `field`, a number of this entity."),
    "count_has_field": ("A count has no field, and {value} is given.", "Remove `field`, or use `measure: sum`."),
    "wrong_type": ("{value} is of type {type}.", "Use a field of one of these types: {wanted}."),
    # --- fields
    "attribute_does_not_apply": (
        "{attribute} does not apply to a field of type {type}.",
        "Remove {attribute}.",
    ),
    "choice_needs_options": ("The choice {value} has no options.", "Add `options`, each with a key and a label."),
    "reference_needs_to": ("The reference {value} points at nothing.", "Add `to` with the key of an entity."),
    "computed_needs_formula": ("The computed field {value} has no formula.", "Add `formula`, such as 'price * quantity'."),
    "clear_needs_optional": (
        "{value} is required, so it can't be cleared when the other row is deleted.",
        "Use `on_delete: protect` or `cascade`, or make the field optional.",
    ),
    "default_on_unique": ("Every new row would begin with {value}, but the field is unique.", "Remove `default` or `unique`."),
    "bad_formula": (
        "The formula {value} can't be read from {near} on.",
        "Use + - * / ( ), numbers, field keys and days(from, to); no more than 20 levels of parentheses.",
    ),
    "divides_by_zero": ("The formula {value} divides by zero.", "Divide by a field or another number."),
    "circular_formula": ("The computed field {value} needs itself.", "Break the circle: use stored fields."),
    "mixed_moments": ("{value} and {other} can't be compared: one is a date, the other a date and time.", "Use two fields of the same type."),
    "circular_title": ("The title {value} leads back to itself through references.", "Use a text field as the title of one of the entities."),
    "circular_requirement": (
        "{value} requires a row of {to}, which in the end requires this one: none could be the first.",
        "Make one of these references optional.",
    ),
    # --- rules
    "same_field": ("The rule compares {value} with itself.", "Name two different fields."),
    "range_needs_bound": ("The range of {value} has no bound.", "Add `min`, `max` or both."),
    "range_upside_down": ("The minimum {value} is above the maximum {other}.", "Exchange them."),
    "default_outside_range": ("The default {value} of {field} lies outside the range.", "Change the default or the range."),
    "always_required": ("{value} is required anyway.", "Remove the rule, or `required` from the field."),
    # --- workflows
    "default_is_not_initial": ("The workflow begins with {value}, but the field's default is {other}.", "Remove the default."),
    "unreachable_states": ("No transition leads to {value}.", "Add a transition to each, or remove the options."),
    "goes_nowhere": ("The transition stays at {value}.", "Remove it from the sources, or change the target."),
    "transition_unseen": (
        "{value} may take this transition but can't see any {entity}.",
        "Give {value} at least 'view' in the entity's permissions.",
    ),
    # --- values
    "not_a_boolean": ("{value} is neither true nor false.", "Write true or false, without quotes."),
    "not_a_number": ("{value} is not a number.", "Write a plain number, such as 12.5."),
    "not_an_integer": ("{value} is not a whole number up to 2147483647.", "Write a whole number, or use the type decimal."),
    "too_many_digits": (
        "{value} has too many digits.",
        "At most 10 digits before the point, and after it 2 for money and 4 for other numbers.",
    ),
    "not_an_option": ("{value} is not an option of this field.", "Use one of: {known}."),
    "too_long_for_type": ("{value} is too long for the type {type}.", "Shorten it, or use the type long_text."),
    "not_an_email": ("{value} is not an e-mail address.", "Write it like 'ana@clinic.example'."),
    "not_a_phone": ("{value} is not a phone number.", "Write digits and spaces, with a leading + if needed, in quotes."),
    "not_a_url": ("{value} is not a web address.", "Write it like 'https://clinic.example'."),
    "not_a_date": ("{value} is not a date.", "Write it as '2026-11-23', in quotes."),
    "not_a_datetime": ("{value} is not a date with a time.", "Write it as '2026-11-23T09:30', in quotes."),
    "not_a_row_name": ("{value} can't name a demo row.", "Use a short text, as the other row's `_id` says."),
    "not_settable": ("Fields of type {type} can't be given a value here.", "Remove {value}."),
    # --- demo rows
    "demo_value_missing": ("The row has no {value}, which is required.", "Add it."),
    "demo_value_repeated": ("{value} is already in row {other}, and the field is unique.", "Use another value."),
    "circular_rows": ("This row needs another one that needs this one.", "Leave one of the references out."),
    "demo_breaks_rule": ("{value} breaks the rule: {rule}", "Change the row so that the app would accept it."),
}  # fmt: skip
