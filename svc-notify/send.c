#include <string.h>
#include "common/arena.h"
#include "common/fault.h"
#include "common/json.h"
#include "common/log.h"
#include "common/timeutil.h"
#include "common/token.h"
#include "config.h"
#include "notify.h"
#include "outbox.h"
#include "rests.h"

#define VALUE_MAX 2000
#define BATCH_MAX 1000

/* ---- writing ---- */

/* What is made only now: the token of a link is never stored. NULL: to be had from the row. */
static const char *made_now(struct hand *h, const struct message *m, const char *name) {
    if (strcmp(name, "주소") == 0) return h->notify->site;
    if (strcmp(name, "토큰") != 0) return NULL;
    char *token = arena_alloc(h->arena, ORDER_TOKEN_MAX);
    if (token != NULL)
        order_token_make(h->notify->token_key, m->order_number, TOKEN_VIEW, (uint16_t)m->token_version, token);
    return token;
}

static const char *const *values_of(struct hand *h, const struct message *m) {
    const struct template *t = m->template;
    struct json_faults faults = {.n = 0};
    struct json_in in;
    const char **values = arena_alloc(h->arena, TEMPLATE_VARS_MAX * sizeof *values);
    if (values == NULL || json_open(&in, h->arena, &faults, m->vars, strlen(m->vars), false) != ST_OK) return NULL;
    for (size_t i = 0; i < t->n_vars; i++) {
        const char *value = made_now(h, m, t->vars[i].name);
        if (value == NULL) value = json_text(&in, t->vars[i].name, 0, VALUE_MAX, JSON_REQUIRED);
        values[i] = template_value(h->arena, &t->vars[i], value);
        if (values[i] == NULL) return NULL;
    }
    return values;
}

/* False: it cannot be written, ever. */
static bool write_one(struct hand *h, const struct message *m, struct outgoing *x) {
    const struct template *t = m->template;
    const char *const *values = t == NULL ? NULL : values_of(h, m);
    *x = (struct outgoing){.own_id = m->own_id,
                           .key = arena_printf(h->arena, "%s-%d", m->own_id, m->sends),
                           .phone = m->phone,
                           .template = t,
                           .values = values};
    if (values == NULL || x->key == NULL) return false;
    bool falls_back = *h->notify->config->sms_sender != '\0' && !m->at.without_fallback;
    const char *sms = falls_back ? template_fill(h->arena, t, t->fallback, values) : NULL;
    x->text = template_fill(h->arena, t, t->text, values);
    x->fallback = sms == NULL ? NULL : template_sms(h->arena, sms);
    return x->text != NULL && (!falls_back || x->fallback != NULL);
}

/* ---- a round ---- */

static enum db_rc claim(struct hand *h, enum priority least, size_t limit, struct message **messages, size_t *n) {
    struct notify *notify = h->notify;
    const char **resting = arena_alloc(h->arena, template_count * sizeof *resting);
    if (resting == NULL) return DB_ERROR;
    const struct message_claim wish = {.owner = notify->owner,
                                       .provider = notify->provider->name,
                                       .lease_seconds = notify->lease_seconds,
                                       .least = least,
                                       .resting = resting,
                                       .n_resting = rests_templates(notify->rests, resting),
                                       .limit = limit};
    return message_store_claim(h->db, h->arena, &wish, messages, n);
}

struct batch { /* what leaves together, as pairs; behind them those that cannot be written */
    const struct message **messages;
    struct outgoing *outgoing, **order;
    struct message_change *changes;
    size_t n, unwritten;
};

static bool write_batch(struct hand *h, const struct message *messages, size_t n, struct batch *b) {
    *b = (struct batch){.messages = arena_alloc(h->arena, n * sizeof *b->messages),
                        .outgoing = arena_alloc(h->arena, n * sizeof *b->outgoing),
                        .order = arena_alloc(h->arena, n * sizeof *b->order),
                        .changes = arena_alloc(h->arena, n * sizeof *b->changes)};
    if (b->messages == NULL || b->outgoing == NULL || b->order == NULL || b->changes == NULL) return false;
    for (size_t i = 0; i < n; i++) {
        if (write_one(h, &messages[i], &b->outgoing[b->n])) {
            b->messages[b->n] = &messages[i];
            b->order[b->n] = &b->outgoing[b->n];
            b->n++;
            continue;
        }
        log_write(LOG_ERROR, &(struct log_ctx){.order_number = messages[i].order_number}, "a message cannot be written",
                  "own_id", messages[i].own_id, NULL);
        b->changes[n - ++b->unwritten] = (struct message_change){
            .message = &messages[i],
            .move = {.to = MESSAGE_FAILED, .tries = messages[i].at.tries},
            .result = "unwritten",
        };
    }
    return true;
}

static bool send_some(struct hand *h, enum priority least) {
    struct notify *notify = h->notify;
    const struct provider *p = notify->provider;
    struct message *messages;
    struct batch b;
    size_t n = 0, max = p->max_batch < BATCH_MAX ? p->max_batch : BATCH_MAX;
    enum pace_room room = outbox_take_room(notify);
    if (room == PACE_NONE) return false;
    size_t limit = rests_batch(notify->rests, time_now_ms(), max);
    enum db_rc rc = limit == 0 ? DB_OK : claim(h, room == PACE_URGENT ? PRIORITY_REFUND : least, limit, &messages, &n);
    if (rc != DB_OK || n == 0 || !write_batch(h, messages, n, &b)) {
        outbox_give_back(notify);
        return false;
    }
    fault_hit("notify.send.saved");
    if (b.n > 0) p->submit(p->self, h->arena, b.order, b.n);
    fault_hit("notify.send.called");
    outbox_judge(h, b.messages, b.outgoing, b.n, b.changes);
    outbox_save(h, b.changes, n, NULL);
    fault_hit("notify.send.stored");
    return true;
}

bool send_urgent_round(struct hand *h) { return send_some(h, PRIORITY_REFUND); }

bool send_round(struct hand *h) { return send_some(h, PRIORITY_BULK); }
