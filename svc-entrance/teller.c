#include "teller.h"
#include <stdlib.h>
#include <string.h>
#include "common/arena.h"
#include "common/bus.h"
#include "common/every.h"
#include "common/fault.h"
#include "common/json.h"
#include "common/log.h"
#include "entrance.h"
#include "teller_store.h"

#define EVERY_MS 200
#define CALL_MS 4000
#define IDLE_MS (CALL_MS + 1000) /* of the transaction around it, which holds only the right to tell */
#define ORDERS_MAX 256
#define BODY_MAX (BUS_MAX_MESSAGE / 2)
#define ORDER_BYTES 8192 /* an order with its code and all the people it can have */
#define ARENA_MAX ((size_t)16 * 1024 * 1024)

struct teller {
    struct entrance *entrance;
    struct db *db;
    struct arena *arena;
    struct every *every;
};

static void write_order(struct json_out *json, const struct untold_order *o) {
    json_obj(json, NULL);
    json_put_text(json, "order_number", o->order_number);
    json_put_int(json, "version", o->version);
    json_put_int(json, "token_version", o->token_version);
    json_put_text(json, "qr_code", o->code);
    json_arr(json, "entered");
    for (size_t i = 0; i < o->n_entered; i++) {
        json_obj(json, NULL);
        json_put_int(json, "ticket", o->entered[i].ticket);
        json_put_time(json, "at", o->entered[i].at_ms);
        json_obj_end(json);
    }
    json_arr_end(json);
    json_obj_end(json);
}

/* As many of the first of them as fit. Returns how many. */
static size_t write_body(struct strbuf *body, const struct untold_order *orders, size_t n) {
    struct json_out json = {.b = body};
    size_t i = 0;
    json_obj(&json, NULL);
    json_arr(&json, "orders");
    for (; i < n && body->len < BODY_MAX - ORDER_BYTES; i++) write_order(&json, &orders[i]);
    json_arr_end(&json);
    json_obj_end(&json);
    return i;
}

/* There is no way to make booking know them, so they are not told again and again. */
static void log_unknown(struct arena *a, const struct bus_reply *reply) {
    struct json_faults faults = {.n = 0};
    struct json_in in;
    if (json_open(&in, a, &faults, reply->body, reply->body_len, false) != ST_OK) return;
    size_t n = json_array(&in, "unknown", 0, ORDERS_MAX, JSON_OPTIONAL);
    for (size_t i = 0; i < n; i++) {
        const struct log_ctx about = {.order_number = json_item_text(&in, "unknown", i, 1, 50)};
        log_write(LOG_ERROR, &about, "booking does not know an order of ours", NULL);
    }
}

static bool call(struct teller *t, const struct strbuf *body) {
    const struct bus_head head = bus_service_head("note_entries", "teller", body->data, body->len, CALL_MS);
    struct bus_reply reply;
    if (!strbuf_ok(body)) return false;
    bus_call(t->entrance->bus, "booking", "internal", &head, t->arena, &reply);
    if (reply.status == ST_OK) log_unknown(t->arena, &reply);
    return reply.status == ST_OK;
}

/* Told twice is no harm: booking takes a higher version only. */
static enum db_rc tell(struct teller *t, size_t *told, bool *more) {
    struct untold untold;
    struct strbuf body;
    enum db_rc rc = teller_store_claim(t->db, t->arena, ORDERS_MAX, &untold);
    if (rc != DB_OK || untold.end.xid == NULL) return rc;
    strbuf_init(&body, t->arena, BODY_MAX);
    size_t written = write_body(&body, untold.orders, untold.n);
    if (written > 0 && !call(t, &body)) return DB_OK;
    fault_hit("entrance.teller.called");
    bool all = written == untold.n;
    *told = written;
    *more = untold.full || !all;
    return teller_store_told(t->db, t->arena, all ? &untold.end : &untold.orders[written - 1].place);
}

static bool run(void *arg) {
    struct teller *t = arg;
    size_t told = 0;
    bool more = false;
    arena_reset(t->arena);
    if (db_begin(t->db) != DB_OK) return false;
    enum db_rc rc = teller_store_may_idle(t->db, t->arena, IDLE_MS);
    if (rc == DB_OK) rc = tell(t, &told, &more);
    if (rc == DB_OK) rc = db_commit(t->db);
    if (rc != DB_OK) db_rollback(t->db);
    if (rc == DB_OK && told > 0) fault_hit("entrance.teller.told");
    return rc == DB_OK && more;
}

struct teller *teller_start(struct entrance *e, struct db *db) {
    struct teller *t = calloc(1, sizeof *t);
    if (t == NULL) return NULL;
    t->entrance = e;
    t->db = db;
    t->arena = arena_new(ARENA_MAX);
    if (db != NULL && t->arena != NULL) t->every = every_start(EVERY_MS, run, t);
    if (t->every == NULL) teller_stop(&t);
    return t;
}

void teller_stop(struct teller **tp) {
    struct teller *t = *tp;
    if (t == NULL) return;
    every_stop(&t->every);
    arena_free(&t->arena);
    db_close(&t->db);
    free(t);
    *tp = NULL;
}
