/* retention - personal data goes when its time is over (docs/retention.md). Each service owns a table of rules, and answers op
 * "retention" with one step of them; svc-admin asks for the next step until there is none.
 *
 * A rule walks through one table in the order of its key, a page at a time; how far it is stands in `retention_walks`, moved in
 * the transaction of the page. So a step may run at any time, twice, or die: the next one goes on. A walk begins when an
 * exhibition is due that the last one did not know of, and once in `kept_days`, for what has come since. */
#pragma once
#include "bus.h"
#include "db.h"

/* What makes rows due, and so what $3 of the rule's statement is. */
enum retention_when {
    RETENTION_EXHIBITION, /* an exhibition has been over for kept_days: ids of those, int[] */
    RETENTION_CONTRACT,   /* its contracts need not be kept any more: ids of those, int[] */
    RETENTION_AGE,        /* a row is older than kept_days: a moment, timestamptz */
    RETENTION_AUDIT_TEXT  /* what was noted about an act of staff is older than text_days: a moment */
};
struct retention_rule {
    const char *what; /* the name of its walk, and in reports */
    enum retention_when when;
    /* Looks at the next rows behind the place $1 ('': the first), $2 of them at most, and erases what is due.
     * One row: looked, erased, the place behind the last row looked at. */
    struct db_stmt stmt;
};

/* Op "retention" {"kept_days","text_days","now_ms","exhibitions":[ids],"contracts":[ids]}: at most 1,000 rows are looked at.
 * → {"erased":[{"what","rows","rule"}],"more":bool} */
enum status retention_step(struct worker *w, struct bus_req *req, const struct retention_rule *rules, size_t n,
                           struct strbuf *out);
