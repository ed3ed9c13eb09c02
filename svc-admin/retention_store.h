/* retention_store - what svc-admin itself erases when (docs/retention.md), and the runs over all services. */
#pragma once
#include <stdbool.h>
#include "common/bus.h"
#include "common/db.h"

/* Op "retention": the next step of our own rules. */
enum status op_retention(struct worker *w, struct bus_req *req, struct strbuf *out);

struct retention_run {
    int64_t id, requested_by;                     /* 0: the clock */
    int64_t begun_ms, ended_ms;                   /* ended 0: under way */
    int64_t kept_days, contract_years, text_days; /* the times it goes by */
    int64_t steps;
    const char *erased;  /* JSON: [{"service","what","rule","rows"}] */
    const char *missing; /* JSON: names of services that did not answer */
};
/* The open run, or a new one by these times. */
enum db_rc retention_run_request(struct db *db, struct arena *a, const struct retention_run *wish, bool *made);
/* *run NULL: there is none. */
enum db_rc retention_run_open(struct db *db, struct arena *a, struct retention_run **run);
enum db_rc retention_run_last(struct db *db, struct arena *a, struct retention_run **run);
enum db_rc retention_run_list(struct db *db, struct arena *a, int64_t before_id, int64_t limit,
                              struct retention_run **runs, size_t *n);

/* Takes the open run if nobody else works on it, and keeps it for some seconds more; *run NULL: none to take. */
enum db_rc retention_run_claim(struct db *db, struct arena *a, const char *owner, int64_t seconds,
                               struct retention_run **run);
/* A step is done; `erased` as it was answered. *ours false: somebody else has taken the run since. */
enum db_rc retention_run_note(struct db *db, struct arena *a, int64_t id, const char *owner, const char *service,
                              const char *erased, int64_t seconds, bool *ours);
enum db_rc retention_run_end(struct db *db, struct arena *a, int64_t id, const char *owner, const char *const *missing,
                             size_t n, bool *ours);
