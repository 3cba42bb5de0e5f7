"""Serves the app: `python -m serve` runs gunicorn on $PORT. One process with threads fits a small container;
WEB_CONCURRENCY and WEB_THREADS change that."""

import os

from gunicorn.app.base import BaseApplication


class App(BaseApplication):
    def load_config(self):
        host = os.environ.get("HOST", "0.0.0.0")  # noqa: S104 - how a container is reached
        self.cfg.set("bind", f"{host}:{os.environ.get('PORT', '8000')}")
        self.cfg.set("workers", int(os.environ.get("WEB_CONCURRENCY", "1")))
        self.cfg.set("threads", int(os.environ.get("WEB_THREADS", "8")))
        self.cfg.set("worker_class", "gthread")
        self.cfg.set("timeout", 60)
        self.cfg.set("graceful_timeout", 20)
        self.cfg.set(
            "keepalive", 65
        )  # longer than the load balancer's 60 s, so that it closes first
        self.cfg.set("preload_app", True)
        self.cfg.set("control_socket_disable", True)

    def load(self):
        from config.wsgi import application

        return application


if __name__ == "__main__":
    App().run()
