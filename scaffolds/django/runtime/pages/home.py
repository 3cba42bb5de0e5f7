from django.shortcuts import redirect, render

from pages.navigation import items_for


def home(request):
    """To the first screen this person may see."""
    if request.membership is None:
        return redirect("workspaces:create")
    if items := items_for(request.membership):
        return redirect(items[0].url)
    return render(request, "pages/nothing_here.html")
