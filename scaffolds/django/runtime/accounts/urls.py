from django.urls import path

from accounts import views
from api import views as tokens

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign_in"),
    path("sign-out/", views.SignOut.as_view(), name="sign_out"),
    path("password/", views.ChangePassword.as_view(), name="change_password"),
    path("password/forgot/", views.ForgotPassword.as_view(), name="forgot_password"),
    path("password/forgot/sent/", views.ForgotPasswordSent.as_view(), name="forgot_password_sent"),
    path("password/reset/<uidb64>/<token>/", views.ResetPassword.as_view(), name="reset_password"),
    path("profile/", views.Profile.as_view(), name="profile"),
    path("theme/", views.choose_theme, name="choose_theme"),
    path("tokens/", tokens.create, name="create_token"),
    path("tokens/<int:pk>/revoke/", tokens.revoke, name="revoke_token"),
]
