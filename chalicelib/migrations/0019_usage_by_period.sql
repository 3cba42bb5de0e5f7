-- transactional: false
-- A bill reads the calls of a period, and those that an event bills. Built beside books that are being written to.

-- squawk-ignore ban-concurrent-index-creation-in-transaction
create index concurrently if not exists usage_metrics_by_period
    on platform.usage_metrics (tenant_id, period_started_at);
-- squawk-ignore ban-concurrent-index-creation-in-transaction
create index concurrently if not exists usage_metrics_by_meter_event
    on platform.usage_metrics (tenant_id, meter_event_id);
