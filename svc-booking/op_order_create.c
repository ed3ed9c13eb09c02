#include "op_order_create.h"
#include "common/arena.h"
#include "common/crypto.h"
#include "common/db.h"
#include "common/fault.h"
#include "common/timeutil.h"
#include "catalogue.h"
#include "committer.h"
#include "gate_keeper.h"
#include "reserve_store.h"

#define SCRATCH_MAX ((size_t)8 * 1024 * 1024)
#define FAULTS_MAX 8192

static void refuse_input(struct bus_req *req, enum status st, const struct json_faults *faults) {
    struct strbuf out;
    strbuf_init(&out, req->arena, FAULTS_MAX);
    if (st == ST_VALIDATION_FAILED) json_faults_write(faults, req->head.lang, &out);
    bus_reply(req, st, out.data, strbuf_ok(&out) ? out.len : 0, 0);
}

/* What the order takes from which pool; nothing when this replica cannot tell: that is SQL's to judge. */
static void find_pools(struct booking *b, struct order_wish *wish) {
    const struct order_draft *d = &wish->draft;
    int64_t product[ORDER_MAX_LINES], pool[ORDER_MAX_LINES], tickets = 0;
    struct catalogue_place place;
    for (size_t i = 0; i < d->n_lines; i++) product[i] = d->line[i].product_id;
    if (!catalogue_locate(b->catalogue, d->exhibition_code, product, d->n_lines, d->slot_id, &place, pool)) return;
    for (size_t i = 0; i < d->n_lines; i++) {
        tickets += d->line[i].quantity;
        wish->need[wish->n_needs++] = (struct gate_need){place.exhibition_id, pool[i], d->line[i].quantity};
    }
    if (place.slot_pool != 0)
        wish->need[wish->n_needs++] = (struct gate_need){place.exhibition_id, place.slot_pool, tickets};
}

/* NULL: answered already. */
static struct order_wish *read_wish(struct booking *b, struct bus_req *req) {
    struct json_faults faults = {.n = 0};
    struct order_wish *wish = arena_alloc(req->arena, sizeof *wish);
    if (wish == NULL) {
        bus_reply(req, ST_BUSY, "", 0, 1);
        return NULL;
    }
    enum status st = order_input_parse(req->arena, req->head.body, req->head.body_len, &wish->draft, &faults);
    if (st != ST_OK) {
        refuse_input(req, st, &faults);
        return NULL;
    }
    wish->item.req = req;
    bus_idem(req, wish->key, wish->body);
    find_pools(b, wish);
    return wish;
}

/* Marks in refused[] whom the gate turned away. */
static void ask_gate(struct worker *w, struct arena *a, struct order_wish **wish, size_t n, bool *refused) {
    struct booking *b = w->state;
    struct gate_order *orders = arena_alloc(a, n * sizeof *orders);
    if (orders == NULL) return;
    for (size_t i = 0; i < n; i++) orders[i] = (struct gate_order){.need = wish[i]->need, .n = wish[i]->n_needs};
    fault_hit("booking.gate.before");
    gate_take(w->redis, a, orders, n);
    gate_keeper_touched(b->gate, orders, n);
    fault_hit("booking.gate.after");
    for (size_t i = 0; i < n; i++) refused[i] = orders[i].refused;
}

/* Sold out, unless the key shows that the client has its order already. */
static void answer_refused(struct worker *w, struct arena *a, struct order_wish **wish, size_t n) {
    enum db_rc rc = reserve_store_find(w->db, a, wish, n);
    for (size_t i = 0; i < n; i++) {
        if (rc != DB_OK)
            order_wish_refuse(wish[i], ST_BUSY, 1);
        else if (wish[i]->outcome.status == ST_PARKED)
            order_wish_refuse(wish[i], ST_SOLD_OUT, 0);
        else
            order_wish_answer(w->state, wish[i]);
    }
}

/* Those who passed stay in wish[]; returns how many. */
static size_t pass_gate(struct worker *w, struct arena *a, struct order_wish **wish, size_t n) {
    bool refused[BUS_MAX_BATCH] = {false};
    struct order_wish *repeats[BUS_MAX_BATCH];
    size_t passed = 0, n_repeats = 0;
    ask_gate(w, a, wish, n, refused);
    for (size_t i = 0; i < n; i++) {
        if (!refused[i])
            wish[passed++] = wish[i];
        else if (wish[i]->item.req->head.idem_given)
            repeats[n_repeats++] = wish[i];
        else
            order_wish_refuse(wish[i], ST_SOLD_OUT, 0);
    }
    if (n_repeats > 0) answer_refused(w, a, repeats, n_repeats);
    return passed;
}

static void give_numbers(struct order_wish **wish, size_t n) {
    uint64_t random[BUS_MAX_BATCH];
    int32_t today = date_seoul(time_now_ms());
    random_bytes(random, n * sizeof *random);
    for (size_t i = 0; i < n; i++) order_number_make(today, random[i], wish[i]->number);
}

void op_order_create(struct worker *w, struct bus_req **reqs, size_t n) {
    struct booking *b = w->state;
    struct order_wish *wish[BUS_MAX_BATCH];
    struct commit_item *item[BUS_MAX_BATCH];
    size_t left = 0;
    struct arena *scratch = arena_new(SCRATCH_MAX);
    for (size_t i = 0; i < n; i++) {
        struct order_wish *read = read_wish(b, reqs[i]);
        if (read != NULL) wish[left++] = read;
    }
    if (left > 0 && scratch != NULL) left = pass_gate(w, scratch, wish, left);
    if (left > 0) {
        give_numbers(wish, left);
        for (size_t i = 0; i < left; i++) item[i] = &wish[i]->item;
        committer_submit(b->orders, item, left);
    }
    arena_free(&scratch);
}
