from workspaces.rules import InOrder, Range, RequiredWhen

RULES = [
    InOrder("starts_at", "ends_at", "La visita termina después de empezar."),
    Range("price", minimum=0, maximum=5000, message="El precio está entre 0 y 5000."),
    RequiredWhen("reason", field_is={"status": ["cancelled"]}, message="Di por qué se anula."),
]
