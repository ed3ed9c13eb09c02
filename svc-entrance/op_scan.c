/* op_scan - scans in batches: one transaction for all that came in one message, a constant number of statements. A scan that SQL
 * cannot stand does not take the others with it, and a commit whose outcome is unknown is asked for again by its scan ids. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "caller.h"
#include "common/arena.h"
#include "common/body.h"
#include "common/crypto.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/metrics.h"
#include "entrance.h"
#include "keys.h"
#include "op_gate.h"
#include "order_store.h"
#include "scan_answer.h"
#include "scan_input.h"
#include "scan_store.h"

#define SCRATCH_MAX ((size_t)16 * 1024 * 1024)
#define FAULTS_MAX 8192
#define RETRY_MS 50
#define UNIQUE_TRIES 3
#define RANDOM_ID_BYTES 16

struct scan { /* on its way from the request to the answer */
    struct bus_req *req;
    struct caller caller;
    struct scan_input input;
    struct scan_look look;
    struct scan_row row;
    struct code code;
    bool is_ours;       /* signed by us */
    bool unsure;        /* it may be committed already */
    bool fresh;         /* in this attempt: not a repeat */
    enum status status; /* of this attempt */
    const char *answer;
};

/* ---- read ---- */

static void refuse(struct bus_req *req, enum status st, const struct json_faults *faults) {
    struct strbuf out;
    strbuf_init(&out, req->arena, FAULTS_MAX);
    if (st == ST_VALIDATION_FAILED) json_faults_write(faults, req->head.lang, &out);
    bus_reply(req, st, out.data, strbuf_ok(&out) ? out.len : 0, st == ST_BUSY ? 1 : 0);
}

/* A key of the client stands for a scan_id: its repeat with the same body is a repeat. */
static const char *name_scan(struct arena *a, const struct bus_req *req, const char **same_body) {
    char key[37], body[37], random[2 * RANDOM_ID_BYTES + 1];
    if (req->head.idem_given) {
        bus_idem(req, key, body);
        *same_body = arena_strdup(a, body);
        return arena_printf(a, "idem:%s", key);
    }
    uint8_t bytes[RANDOM_ID_BYTES];
    random_bytes(bytes, sizeof bytes);
    hex_encode(bytes, sizeof bytes, random);
    return arena_strdup(a, random);
}

/* Nobody scans in another's name. */
static bool is_themselves(const struct scan *s) {
    return s->input.admin_id == s->caller.admin_id && s->row.device_id != NULL;
}

/* ST_OK, or why not. */
static enum status read_scan(struct entrance *e, struct scan *s, struct json_faults *faults) {
    struct arena *a = s->req->arena;
    if (s->caller.status != ST_OK) return s->caller.status;
    enum status st =
        scan_input_parse(a, s->req->head.body, s->req->head.body_len, s->caller.device != 0, &s->input, faults);
    if (st != ST_OK) return st;
    s->row.device_id = caller_device(&s->caller, s->input.device_id);
    if (!is_themselves(s)) return ST_FORBIDDEN;
    s->look.scanner = s->caller.scanner;
    s->row.scan_id = s->look.scan_id =
        s->input.scan_id != NULL ? s->input.scan_id : name_scan(a, s->req, &s->look.body);
    s->row.body = s->look.body;
    s->row.admin_id = s->caller.admin_id;
    enum keys_word word = keys_check(e->keys, s->input.qr_code, &s->code);
    if (word == KEYS_UNSURE) return ST_BUSY; /* true tickets must not hear that they are forged */
    s->is_ours = word == KEYS_OURS;
    code_id(s->input.qr_code, s->look.code_id);
    memcpy(s->row.code_id, s->look.code_id, CODE_ID_LEN);
    return s->look.scan_id != NULL ? ST_OK : ST_BUSY;
}

/* ---- decide ---- */

struct attempt { /* to do some scans in one transaction */
    struct arena *arena;
    struct gate_order *orders;
    size_t n_orders;
    int64_t now_ms;
};

static struct gate_order *order_of(const struct attempt *t, const struct scan *s) {
    return s->is_ours && s->look.code_known ? order_find(t->orders, t->n_orders, s->code.order_id) : NULL;
}

static void decide(struct attempt *t, struct scan *s) {
    struct gate_order *o = order_of(t, s);
    struct gate_result r = {.verdict = VERDICT_INVALID};
    struct gate_scan q = {.id = s->look.id,
                          .ticket_id = s->code.kind == CODE_TICKET ? s->code.id : 0,
                          .count = s->input.count,
                          .current = s->look.code_current,
                          .proof_seen = s->input.proof_seen,
                          .now_ms = t->now_ms};
    s->row.exhibition_id = s->caller.exhibition_id;
    if (o != NULL) {
        s->row.exhibition_id = caller_place(&s->caller, o->exhibition_id, o->exhibition_code);
        q.here = s->row.exhibition_id == o->exhibition_id;
        r = verdict_decide(o, &q);
    }
    s->row.id = q.id;
    s->row.order_id = o != NULL ? o->id : 0;
    s->row.ticket_id = o != NULL ? q.ticket_id : 0;
    s->row.scanned_ms = r.verdict == VERDICT_ALLOWED ? r.entered_ms : t->now_ms;
    s->row.verdict = r.verdict;
    s->row.claim = r.verdict == VERDICT_ALLOWED;
    s->row.admitted = r.admitted;
    s->row.count = s->row.claim ? r.admitted : s->input.count > 0 ? s->input.count : 1;
    s->answer = scan_answer(s->req->arena, o, &q, &r, s->row.scan_id, s->req->head.lang);
    s->row.answer = s->answer;
    s->status = s->answer != NULL ? ST_OK : ST_INTERNAL;
    s->fresh = true;
}

static void repeat(struct scan *s, bool same, const char *answer) {
    s->fresh = false;
    s->status = !same ? ST_IDEMPOTENCY_MISMATCH : answer != NULL ? ST_OK : ST_INVALID_STATE;
    s->answer = s->status == ST_OK ? answer : "";
}

static bool same_scan(const struct scan *a, const struct scan *b) {
    return strcmp(a->look.scan_id, b->look.scan_id) == 0 && strcmp(a->look.scanner, b->look.scanner) == 0;
}

static bool same_wish(const struct scan *a, const struct scan *b) {
    return memcmp(a->row.code_id, b->row.code_id, CODE_ID_LEN) == 0 &&
           (a->look.body == NULL || b->look.body == NULL || strcmp(a->look.body, b->look.body) == 0);
}

/* In order of arrival: each sees what those before it did. */
static void decide_all(struct attempt *t, struct scan **scan, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const struct scan *before = NULL;
        for (size_t k = 0; k < i && before == NULL; k++)
            if (same_scan(scan[k], scan[i])) before = scan[k];
        if (scan[i]->look.repeated)
            repeat(scan[i], scan[i]->look.same, scan[i]->look.answer);
        else if (before != NULL)
            repeat(scan[i], same_wish(before, scan[i]), before->answer);
        else
            decide(t, scan[i]);
    }
}

/* ---- commit ---- */

static enum db_rc load(struct db *db, struct attempt *t, struct scan **scan, size_t n) {
    struct scan_look **look = arena_alloc(t->arena, n * sizeof *look);
    int64_t *ids = arena_alloc(t->arena, n * sizeof *ids);
    size_t n_ids = 0;
    if (look == NULL || ids == NULL) return DB_ERROR;
    for (size_t i = 0; i < n; i++) {
        look[i] = &scan[i]->look;
        if (scan[i]->is_ours) ids[n_ids++] = scan[i]->code.order_id;
    }
    enum db_rc rc = order_store_lock(db, t->arena, ids, n_ids, &t->orders, &t->n_orders);
    return rc == DB_OK ? scan_store_look(db, t->arena, look, n, &t->now_ms) : rc;
}

static enum db_rc save(struct db *db, struct attempt *t, struct scan **scan, size_t n) {
    const struct scan_row **rows = arena_alloc(t->arena, n * sizeof *rows);
    size_t n_rows = 0;
    if (rows == NULL) return DB_ERROR;
    for (size_t i = 0; i < n; i++)
        if (scan[i]->fresh) rows[n_rows++] = &scan[i]->row;
    enum db_rc rc = scan_store_insert(db, t->arena, rows, n_rows);
    return rc == DB_OK ? order_store_save(db, t->arena, t->orders, t->n_orders) : rc;
}

static enum db_rc commit(struct db *db, struct scan **scan, size_t n) {
    fault_hit("entrance.scan.before");
    enum db_rc rc = db_commit(db);
    if (rc == DB_OK && fault_hit("entrance.scan.lost")) {
        db_drop(db);
        rc = DB_LOST;
    }
    for (size_t i = 0; rc == DB_LOST && i < n; i++) scan[i]->unsure = true;
    if (rc == DB_OK) fault_hit("entrance.scan.after");
    return rc;
}

static enum db_rc try_all(struct db *db, struct arena *a, struct scan **scan, size_t n) {
    struct attempt t = {.arena = a};
    enum db_rc rc = db_begin(db);
    if (rc != DB_OK) return rc;
    rc = load(db, &t, scan, n);
    if (rc == DB_OK) {
        decide_all(&t, scan, n);
        rc = save(db, &t, scan, n);
    }
    if (rc == DB_OK) return commit(db, scan, n);
    db_rollback(db);
    return rc;
}

/* ---- answer ---- */

static struct metric *told[VERDICT_COUNT];
static pthread_once_t named = PTHREAD_ONCE_INIT;

static void name_metrics(void) {
    for (int v = 0; v < VERDICT_COUNT; v++) {
        char labels[48];
        snprintf(labels, sizeof labels, "verdict=\"%s\"", verdict_name((enum verdict)v));
        told[v] = metric_get(METRIC_COUNTER, "entrance_scans_total", labels, "Scans by what the gate was told");
    }
}

static void answer_all(struct scan **scan, size_t n) {
    pthread_once(&named, name_metrics);
    for (size_t i = 0; i < n; i++) {
        if (scan[i]->fresh) metric_add(told[scan[i]->row.verdict], 1);
        bus_reply(scan[i]->req, scan[i]->status, scan[i]->answer, scan[i]->answer != NULL ? strlen(scan[i]->answer) : 0,
                  0);
    }
}

static void refuse_all(struct scan **scan, size_t n, enum status st) {
    for (size_t i = 0; i < n; i++) refuse(scan[i]->req, scan[i]->unsure ? ST_OUTCOME_UNKNOWN : st, NULL);
}

/* Nothing is done for somebody who has stopped waiting. Returns how many are left, in order. */
static size_t drop_late(struct scan **scan, size_t n) {
    size_t left = 0;
    for (size_t i = 0; i < n; i++) {
        if (bus_left_ms(scan[i]->req) > 0)
            scan[left++] = scan[i];
        else
            refuse_all(&scan[i], 1, ST_EXPIRED_CALL);
    }
    return left;
}

/* Without a database: who was never sent is told so; whose outcome is unknown waits for the database or the deadline. */
static size_t wait_for_database(struct scan **scan, size_t n) {
    size_t left = 0;
    for (size_t i = 0; i < n; i++) {
        if (scan[i]->unsure)
            scan[left++] = scan[i];
        else
            refuse_all(&scan[i], 1, ST_BUSY);
    }
    if (left > 0) {
        struct timespec pause = {0, RETRY_MS * 1000000L};
        nanosleep(&pause, NULL);
    }
    return left;
}

static void poisoned(struct db *db, struct scan **scan) {
    log_error("a scan was refused by SQL", "sqlstate", db_sqlstate(db), "request_id", (*scan)->req->head.request_id);
    refuse_all(scan, 1, ST_INTERNAL);
}

/* Until all are answered. A batch that fails as a whole is done one by one. */
static void run_all(struct db *db, struct arena *a, struct scan **scan, size_t n) {
    size_t step = n, tries = 0;
    while ((n = drop_late(scan, n)) > 0) {
        if (!db_alive(db)) {
            n = wait_for_database(scan, n);
            continue;
        }
        size_t k = step < n ? step : n;
        arena_reset(a);
        enum db_rc rc = try_all(db, a, scan, k);
        if (rc == DB_RETRY || rc == DB_LOST) continue;
        if (rc == DB_UNIQUE && ++tries < UNIQUE_TRIES) continue; /* the next look finds whom it met */
        tries = 0;
        if (rc == DB_OK) {
            answer_all(scan, k);
        } else if (rc == DB_TIMEOUT) {
            refuse_all(scan, k, ST_BUSY);
        } else if (k > 1) {
            step = 1;
            continue;
        } else {
            poisoned(db, scan);
        }
        scan += k;
        n -= k;
    }
}

void op_scan(struct worker *w, struct bus_req **reqs, size_t n) {
    struct scan *scan[BUS_MAX_BATCH];
    struct caller callers[BUS_MAX_BATCH];
    size_t left = 0;
    struct arena *scratch = arena_new(SCRATCH_MAX);
    if (scratch != NULL) callers_find(w, scratch, reqs, n, callers);
    for (size_t i = 0; i < n; i++) {
        struct json_faults faults = {.n = 0};
        struct scan *s = scratch != NULL ? arena_alloc(reqs[i]->arena, sizeof *s) : NULL;
        if (s != NULL) *s = (struct scan){.req = reqs[i], .caller = callers[i]};
        enum status st = s != NULL ? read_scan(w->state, s, &faults) : ST_BUSY;
        if (st == ST_OK)
            scan[left++] = s;
        else
            refuse(reqs[i], st, &faults);
    }
    if (left > 0) run_all(w->db, scratch, scan, left);
    arena_free(&scratch);
}
