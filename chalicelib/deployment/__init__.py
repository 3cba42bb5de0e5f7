"""How a bundle of source becomes a running service, and how it is undone.

The story, in the order of the state machine; each use case may be interrupted anywhere and called again:

    (`report` is plan.ReportTo(round, url, nonce): where a one-off task puts its report)
    candidate.run_checks(run, bundle, report, *, settings, registry, containers, databases, secrets)
        → Candidate(image, task)          one layer on the base image, a scratch database, the one-off task `checks`
    provision.provision_database(run, *, settings, containers, databases, secrets)
        → DatabaseSecrets(owner_secret, app_secret, key_secret)
    release.push_image(run, image, bundle, *, registry) → str       tags the image that was checked, or refuses
    release.migrate_database(run, image, report, *, settings, containers, secrets) → str (task)
    release.start_service(run, image, *, settings, containers, routes, secrets) → Started(service, task_definition, previous)
    health.await_healthy(run, *, settings, probe) → str (url)       raises AppNotHealthy
    handover.hand_over(run, image, report, *, settings, containers, secrets) → HandOver(url, username, task)
        task is None when an owner exists already (a later version): nothing to wait for
    handover.take_credentials(run, *, by, settings, secrets, trail) → Credentials(url, username, password); once, then NotFound
    undo.tidy(run, *, settings, containers, databases, secrets)     after success, before the generation is closed
    undo.clean_up(run, *, settings, containers, routes, databases, secrets)   after failure: tidy + back to before
    names.app_url(settings, run) → str

`stages.py` wraps them for the state machine: recorded once, told as progress. `plan.py` decides what to run, as data;
`image.py` makes the image; `names.py` says what everything is called outside; `ports.py` what this room needs.
"""
