/* scan_store - table scans, and what must be looked up for a scan once its order is locked. */
#pragma once
#include "common/db.h"
#include "order_state.h"

struct scan_look { /* in: */
    const char *scan_id;
    uint8_t code_id[CODE_ID_LEN];
    /* out: */
    int64_t id; /* a new one for scans, whether or not it will be used */
    bool code_known, code_current;
    bool repeated, same_code; /* scan_id is known, of the same code */
    const char *answer;       /* given then; NULL: it came by an upload */
};
/* For all of them, and the clock of the database, by which entries are dated. One statement. */
enum db_rc scan_store_look(struct db *db, struct arena *a, struct scan_look *const *look, size_t n, int64_t *now_ms);

struct scan_row {
    int64_t id; /* from scan_store_look() */
    const char *scan_id;
    uint8_t code_id[CODE_ID_LEN];
    int64_t order_id, ticket_id, exhibition_id; /* 0: NULL */
    const char *device_id;
    int64_t admin_id, scanned_ms;
    bool offline, claim;
    enum verdict verdict; /* as told at the gate */
    int32_t count, admitted;
    const char *breaks, *conflict, *answer; /* NULL: none */
};
/* DB_UNIQUE: somebody else stored a scan under one of the ids meanwhile. */
enum db_rc scan_store_insert(struct db *db, struct arena *a, const struct scan_row *const *rows, size_t n);
/* *order_id 0: no such scan, or not of a code of ours. */
enum db_rc scan_store_order(struct db *db, struct arena *a, const char *scan_id, int64_t *order_id);
/* Under the lock of its order. *undone false: it let nobody in, or not any more. */
enum db_rc scan_store_undo(struct db *db, struct arena *a, const char *scan_id, int64_t by, const char *reason,
                           bool *undone);
