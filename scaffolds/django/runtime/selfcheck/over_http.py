"""Child: boots the app's pages and attacks them and the API over HTTP. Imports no Django, no business layer."""

from selfcheck.results import Pipe

pipe = Pipe()

from selfcheck import api_attack, app_boots, ui_attack  # noqa: E402
from selfcheck.world import World  # noqa: E402

if __name__ == "__main__":
    world = World(pipe.given)
    with pipe.check("app.boots") as check:
        app_boots.boots(world, check)
    with pipe.check("isolation.ui_attack") as check:
        ui_attack.attack(world, check)
    with pipe.check("isolation.api_attack") as check:
        api_attack.attack(world, check)
