/* scan_store - table scans, and what must be looked up for a scan once its order is locked. */
#pragma once
#include "common/db.h"
#include "order_state.h"

struct scan_look { /* in: */
    const char *scan_id, *scanner;
    const char *body; /* digest of the call whose key is the scan_id; NULL: the scanner chose the id */
    uint8_t code_id[CODE_ID_LEN];
    /* out: */
    int64_t id; /* of the scan that is repeated; else a new one, whether or not it will be used */
    bool code_known, code_current;
    int64_t issued_ms;  /* of a code that is known */
    bool repeated;      /* scan_id is known of this scanner, */
    bool same;          /* with the same code, and the same body where there is one */
    int64_t refused_ms; /* when it was refused online, and nobody has said yet that they went in all the same; else 0 */
    const char *answer; /* given then; NULL: it was undone, or came or was changed by an upload */
};
/* For all of them, and the clock of the database, by which entries are dated. One statement. */
enum db_rc scan_store_look(struct db *db, struct arena *a, struct scan_look *const *look, size_t n, int64_t *now_ms);

struct scan_row {
    int64_t id;                 /* from scan_store_look() */
    const char *scan_id, *body; /* body: NULL but of a call whose key is the scan_id */
    uint8_t code_id[CODE_ID_LEN];
    int64_t order_id, ticket_id, exhibition_id; /* 0: NULL */
    const char *device_id;
    int64_t admin_id, scanned_ms;
    bool offline, claim;
    enum verdict verdict; /* as told at the gate */
    int32_t count, admitted;
    const char *breaks, *conflict, *answer; /* NULL: none */
};
/* DB_UNIQUE: the same scanner stored a scan under one of the ids meanwhile. */
enum db_rc scan_store_insert(struct db *db, struct arena *a, const struct scan_row *const *rows, size_t n);
/* A scan that was refused online let somebody in all the same, as an upload says: what came of it replaces what was stored. */
enum db_rc scan_store_let_in(struct db *db, struct arena *a, const struct scan_row *row);

struct scan_found {
    int64_t id, order_id;
    const char *exhibition_code;
    bool counts; /* it let somebody in, and was not undone */
};
/* Scans of this id of codes of ours: of this scanner, of all who chose the id when it is NULL. */
enum db_rc scan_store_find(struct db *db, struct arena *a, const char *scan_id, const char *scanner,
                           struct scan_found **found, size_t *n);
/* Under the lock of its order. *undone false: it let nobody in, or not any more. */
enum db_rc scan_store_undo(struct db *db, struct arena *a, int64_t id, int64_t by, const char *reason, bool *undone);
