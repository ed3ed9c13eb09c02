#include "order_wish.h"
#include "common/body.h"
#include "common/fault.h"
#include "common/hash_text.h"
#include "common/timeutil.h"
#include "booking.h"
#include "reserve_store.h"

#define ANSWER_MAX 2048

static void write_created(struct booking *b, const struct order_wish *wish, struct strbuf *out) {
    const struct order_outcome *o = &wish->outcome;
    char token[ORDER_TOKEN_MAX];
    order_token_make(b->token_key, o->number, TOKEN_MANAGE, 1, token);
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_put_text(&json, "order_number", o->number);
    json_put_int(&json, "total_amount", o->total_amount);
    struct strbuf url;
    strbuf_init(&url, wish->item.req->arena, ANSWER_MAX / 2);
    strbuf_puts(&url, b->public_url);
    strbuf_putc(&url, '/');
    strbuf_puts(&url, wish->draft.exhibition_code);
    strbuf_puts(&url, "/payment/#o=");
    strbuf_puts(&url, o->number);
    strbuf_puts(&url, "&t=");
    strbuf_puts(&url, token);
    json_put_text(&json, "payment_url", url.data);
    json_put_text(&json, "status", "reserved");
    json_put_time(&json, "expires_at", o->expires_ms);
    json_put_text(&json, "order_token", token);
    json_obj_end(&json);
}

void order_wish_answer(struct booking *b, struct order_wish *wish) {
    const struct order_outcome *o = &wish->outcome;
    struct bus_req *req = wish->item.req;
    struct strbuf out;
    strbuf_init(&out, req->arena, ANSWER_MAX);
    if (o->status == ST_CREATED) {
        write_created(b, wish, &out);
    } else if (o->status == ST_VALIDATION_FAILED) {
        body_refuse(req, o->field, o->fault, &out);
    }
    /* The order stands: should its answer not fit into memory, the client learns it by repeating the key. */
    enum status st = strbuf_ok(&out) ? o->status : ST_OUTCOME_UNKNOWN;
    bus_reply(req, st, out.data, strbuf_ok(&out) ? out.len : 0, 0);
}

void order_wish_refuse(struct order_wish *wish, enum status st, int retry_after) {
    bus_reply(wish->item.req, st, "", 0, retry_after);
}

/* ---- the job ---- */

static struct order_wish *wish_of(struct commit_item *item) { return (struct order_wish *)(void *)item; }

/* Orders of one exhibition want the same pools. */
static size_t lane(struct commit_item *item) { return hash_text(wish_of(item)->draft.exhibition_code); }

static enum db_rc commit(struct db *db, struct arena *a, struct commit_item *const *item, size_t n,
                         struct pool_change **pools, size_t *n_pools) {
    struct order_wish *wish[COMMIT_BATCH_MAX];
    for (size_t i = 0; i < n; i++) wish[i] = wish_of(item[i]);
    return reserve_store_commit(db, a, wish, n, pools, n_pools);
}

static void answer(struct booking *b, struct commit_item *item) { order_wish_answer(b, wish_of(item)); }

static bool fault(enum commit_moment at, struct commit_item *const *item, size_t n) {
    static const char *const points[] = {[COMMIT_BEFORE] = "booking.commit.before",
                                         [COMMIT_STALL] = "booking.commit.stall",
                                         [COMMIT_LOST_BEFORE] = "booking.commit.lost_before",
                                         [COMMIT_LOST_AFTER] = "booking.commit.lost_after",
                                         [COMMIT_AFTER] = "booking.commit.after",
                                         [COMMIT_REPLIED] = "booking.commit.replied"};
    (void)item, (void)n;
    return fault_hit(points[at]);
}

const struct commit_job order_commit = {.name = "order",
                                        .counted = "booking_commit_orders_total",
                                        .batch = COMMIT_BATCH_MAX,
                                        .poisoned = ST_RESERVATION_FAILED,
                                        .lane = lane,
                                        .commit = commit,
                                        .answer = answer,
                                        .fault = fault};
