PERMISSIONS = {
    "customer": {"desk": ["view", "create", "edit"], "mechanic": ["view"]},
    "worker": {"desk": ["view"]},
    "visit": {"desk": ["view", "create", "edit", "delete"], "mechanic": ["view"]},
}
