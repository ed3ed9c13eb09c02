#include "payment_step.h"
#include <string.h>
#include "common/bus.h"
#include "common/fault.h"
#include "common/hash_text.h"
#include "booking.h"

#define ANSWER_MAX 1024
#define BATCH 128 /* a step is several times the work of a reservation */

void payment_answer_write(struct json_out *json, const struct payment_answer *answer) {
    json_put_text(json, "order_number", answer->order_number);
    json_put_text(json, "status", answer->order_status);
    json_put_text(json, "payment_status", answer->payment_status);
    json_put_int(json, "total_amount", answer->total_amount);
    json_put_time(json, "expires_at", answer->expires_ms);
}

static struct payment_step *step_of(struct commit_item *item) { return (struct payment_step *)(void *)item; }

/* Only calls of one attempt, and rarely two attempts of one order, meet in SQL. */
static size_t lane(struct commit_item *item) { return hash_text(step_of(item)->input.attempt_id); }

static enum db_rc commit(struct db *db, struct arena *a, struct commit_item *const *item, size_t n,
                         struct pool_change **pools, size_t *n_pools) {
    struct payment_step *step[COMMIT_BATCH_MAX];
    for (size_t i = 0; i < n; i++) step[i] = step_of(item[i]);
    return payment_store_steps(db, a, step, n, pools, n_pools);
}

static void answer(struct booking *b, struct commit_item *item) {
    const struct payment_answer *said = &step_of(item)->answer;
    struct strbuf out;
    if (said->status == ST_PARKED) {
        item->unsure = false; /* it was not done */
        committer_submit(b->payments, &item, 1);
        return;
    }
    strbuf_init(&out, item->req->arena, ANSWER_MAX);
    if (said->status == ST_OK) {
        struct json_out json = {.b = &out};
        json_obj(&json, NULL);
        payment_answer_write(&json, said);
        json_put_text(&json, "verdict", said->verdict);
        json_obj_end(&json);
    }
    bus_reply(item->req, strbuf_ok(&out) ? said->status : ST_OUTCOME_UNKNOWN, out.data, strbuf_ok(&out) ? out.len : 0,
              0);
}

#define POINTS(op)                                                                                                     \
    {                                                                                                                  \
        op, {                                                                                                          \
            [COMMIT_BEFORE] = "booking.payment." op ".before", [COMMIT_LOST_AFTER] = "booking.payment." op ".lost",    \
            [COMMIT_AFTER] = "booking.payment." op ".after"                                                            \
        }                                                                                                              \
    }

/* Those of every op in the group. */
static bool fault(enum commit_moment at, struct commit_item *const *item, size_t n) {
    static const struct {
        const char *op, *point[COMMIT_REPLIED + 1];
    } points[] = {POINTS("begin_payment"), POINTS("mark_paid"), POINTS("await_deposit"), POINTS("payment_failed")};
    bool hit = false;
    for (size_t p = 0; p < sizeof points / sizeof *points; p++)
        for (size_t i = 0; points[p].point[at] != NULL && i < n; i++)
            if (strcmp(step_of(item[i])->op, points[p].op) == 0) {
                hit = fault_hit(points[p].point[at]) || hit;
                break;
            }
    return hit;
}

const struct commit_job payment_commit = {.name = "payment",
                                          .counted = "booking_commit_payments_total",
                                          .batch = BATCH,
                                          .poisoned = ST_INTERNAL,
                                          .lane = lane,
                                          .commit = commit,
                                          .answer = answer,
                                          .fault = fault};
