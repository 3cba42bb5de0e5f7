NAME = "Taller Norte"
LANGUAGE = "es"
CURRENCY = "EUR"
ROLES = {"desk": "Recepción", "mechanic": "Mecánico"}
MODULES = ["customer", "worker", "visit"]
