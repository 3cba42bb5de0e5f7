"""ROOM: what organizations pay for. Plans are sold at Stripe; what it tells is kept, and from that follows what they may use.

What is sold
    rates        what a plan, a generation and a token cost: as Stripe said, or as `tenancy/plans.py` says until it has
    offer        the plans as anybody sees them
    price_ids    which price at Stripe is which plan's, from the settings
    shelf        what there should be at Stripe for that; syncing: what is to be done so that there is
Who buys
    buying       the first plan, and Stripe's pages
    changing     another plan, its end, taking that back, overage
    overview     how it stands and what happens when, for people
What Stripe tells
    receiving    an event is heard, once → handlers: what each kind changes → hearing: what that needs from outside
    disputing    an event that names no customer: whose it is
    reading      Stripe's objects → records; newest: which of two tellings stands
What follows from it
    standing     plan, state and period, a pure function of all that is kept
    statuses     what Stripe's words for a subscription mean here
    dunning      the days from an unpaid invoice to the free plan; letters: who is told of it
What time brings
    stepping     one organization is brought to where it should be, here and at Stripe
    reconciling  the nightly comparison with Stripe
    closing      the end of a customer whose organization is deleted
What is used
    periods      when a quota begins anew
    quota        whether one more run may start, and what it counts as
    metering     what is beyond the plan is told to Stripe, each row once
    usage        a period's bill, row by row; forecast: what it will come to
Between them
    records      what is known, frozen
    ledger       what is kept here, as doors need it; ports: what is asked of Stripe
"""
