/* audit_log_store - the log of who did what, in SQL (migrations/014_admin_audit.sql). */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/events.h"

/* Adds facts of one service, in order, to the chain; those that are there already are passed over. Holds the end of the chain
 * until the transaction ends. */
enum db_rc audit_log_append(struct db *db, struct arena *a, const char *source, const struct event *e, size_t n);

struct audit_query {          /* texts NULL, numbers 0: not asked for */
    const char *const *codes; /* exhibitions; NULL: all */
    size_t n_codes;
    bool accounts; /* also what is about no exhibition */
    const char *action, *entity;
    int64_t user_id;
    int64_t from_ms, until_ms; /* of the change: from <= at < until */
    int64_t before_seq;        /* the last one of the page before */
    int64_t limit;
};
struct audit_entry { /* texts in the arena, NULL where there is none */
    int64_t seq, at_ms, user_id, erased_ms;
    const char *source, *action, *entity, *exhibition_code, *role, *username;
    const char *before, *after; /* JSON */
    const char *reason, *client, *request_id;
};
/* The newest first; a page ends with the entry that passes 384 KiB. *more: there may be entries behind it. */
enum db_rc audit_log_list(struct db *db, struct arena *a, const struct audit_query *q, struct audit_entry **entries,
                          size_t *n, bool *more);
