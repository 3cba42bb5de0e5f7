-- transactional: false
-- Finding lines of the audit log by who, what and when. Built beside a log that is being written to.

-- squawk-ignore ban-concurrent-index-creation-in-transaction
create index concurrently if not exists audit_log_by_actor on platform.audit_log (tenant_id, actor, id);
-- squawk-ignore ban-concurrent-index-creation-in-transaction
create index concurrently if not exists audit_log_by_action on platform.audit_log (tenant_id, action, id);
-- squawk-ignore ban-concurrent-index-creation-in-transaction
create index concurrently if not exists audit_log_by_time on platform.audit_log (tenant_id, recorded_at, id);
