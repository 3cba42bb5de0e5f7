"""Room: from a conversation, a blueprint or a spreadsheet to an MVS that a person approves."""
