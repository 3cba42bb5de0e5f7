"""The laptop's cloud: the same template as in AWS, deployed to an emulator, around an embedded PostgreSQL.

`__main__` is the door, `stack` tells the story of `up` in order, `overrides` lists all that differs from AWS.
"""
