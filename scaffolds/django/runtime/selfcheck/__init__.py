"""Checks that an app runs on itself before it is released: `python -m selfcheck.run`.

`run.py` starts one process per group of checks and believes none of them more than it must: those that import the
business layer (`inside`, `migrate`, `prepare`, `business_tests`) may only answer their own checks; those that judge
isolation (`policies`, `database_attack`, `over_http`) never import it.
"""
