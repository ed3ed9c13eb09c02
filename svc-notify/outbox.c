#include "outbox.h"
#include <string.h>
#include <time.h>
#include "common/arena.h"
#include "common/crypto.h"
#include "common/log.h"
#include "common/mask.h"
#include "common/metrics.h"
#include "common/timeutil.h"
#include "config.h"
#include "notify.h"
#include "rests.h"
#include "result.h"

#define SAVE_TRIES 5
#define SAVE_PAUSE_MS 200
#define HOUR_MS ((int64_t)3600 * 1000)

static struct message_times times_now(const struct hand *h) {
    const struct notify_config *c = h->notify->config;
    struct message_times t = {.now_ms = time_now_ms(),
                              .retry_first_ms = c->retry_first_ms,
                              .look_up_ms = c->look_up_ms,
                              .result_after_ms = c->result_after_seconds * 1000,
                              .lost_after_ms = c->result_lost_hours * HOUR_MS};
    random_bytes(&t.chance, sizeof t.chance);
    return t;
}

struct comparison { /* of the template of the messages that were sent together */
    bool done;
    const char *difference;
};

/* A message was refused as not like its template. What its template lacks is the operator's; NULL: it is the message. Where
 * templates can be read they are compared, once per call. */
static const char *compare(struct hand *h, const struct message *m, struct comparison *c) {
    const struct provider *p = h->notify->provider;
    if (p->check_template == NULL) return rests_is_refused(h->notify->rests, m->template, m->id) ? "refused" : NULL;
    if (!c->done) *c = (struct comparison){true, p->check_template(p->self, h->arena, m->template)};
    return c->difference;
}

static void count(struct hand *h, const char *what, const char *label, const char *value, const char *help) {
    const char *labels = arena_printf(h->arena, "%s=\"%s\"", label, value);
    if (labels != NULL) metric_add(metric_get(METRIC_COUNTER, what, labels, help), 1);
}

static void tell(struct hand *h, const struct message *m, const struct outgoing *x, const struct message_move *move) {
    bool dead = move->to == MESSAGE_FAILED || move->to == MESSAGE_LOST;
    if (x->result != RESULT_NONE)
        count(h, "notify_results_total", "result", result_name(x->result), "What the provider said of messages");
    if (move->to == m->at.state) return;
    count(h, "notify_moves_total", "state", message_state_name(move->to), "Moves of messages, by where they went");
    log_write(dead ? LOG_WARNING : LOG_INFO, &(struct log_ctx){.order_number = m->order_number}, "message", "own_id",
              m->own_id, "template", m->template == NULL ? "" : m->template->key, "phone",
              mask_phone(h->arena, m->phone), "from", message_state_name(m->at.state), "to",
              message_state_name(move->to), "result", result_name(x->result), "code", x->code == NULL ? "" : x->code,
              NULL);
}

/* A submit that was taken just now, and under which name. */
static bool was_taken(const struct message *m, const struct outgoing *x, const struct message_move *move) {
    return x->outcome == SUBMIT_ACCEPTED && x->request_id != NULL && move->to != MESSAGE_UNKNOWN &&
           (m->at.request_id == NULL || strcmp(m->at.request_id, x->request_id) != 0);
}

void outbox_judge(struct hand *h, const struct message *const *m, const struct outgoing *x, size_t n,
                  struct message_change *changes) {
    struct rests *rests = h->notify->rests;
    struct comparison comparison = {.done = false};
    for (size_t i = 0; i < n; i++) {
        struct message_news news = {.outcome = x[i].outcome, .result = x[i].result, .request_id = x[i].request_id};
        struct message_times times = times_now(h);
        bool template = result_class(x[i].result) == RESULT_NEEDS_TEMPLATE && m[i]->template != NULL;
        const char *difference = template ? compare(h, m[i], &comparison) : NULL;
        news.template_is_right = template && difference == NULL;
        struct message_move move = message_after(&m[i]->at, &news, &times);
        if (move.alarm == ALARM_TEMPLATE && m[i]->template != NULL) rests_template(rests, m[i]->template, difference);
        if (move.alarm == ALARM_PROVIDER) rests_provider(rests, x[i].code == NULL ? "" : x[i].code);
        if (x[i].outcome == SUBMIT_ACCEPTED && m[i]->at.state == MESSAGE_SENDING) rests_taken(rests, m[i]->template);
        changes[i] = (struct message_change){.message = m[i],
                                             .move = move,
                                             .request_id = was_taken(m[i], &x[i], &move) ? x[i].request_id : NULL,
                                             .recipient_seq = x[i].recipient_seq,
                                             .result = x[i].result == RESULT_NONE ? NULL : result_name(x[i].result),
                                             .code = x[i].code};
        tell(h, m[i], &x[i], &move);
    }
}

enum db_rc outbox_save(struct hand *h, const struct message_change *changes, size_t n, size_t *saved) {
    const struct timespec pause = {SAVE_PAUSE_MS / 1000, SAVE_PAUSE_MS % 1000 * 1000000};
    enum db_rc rc = DB_RETRY;
    for (int i = 0; i < SAVE_TRIES && rc != DB_OK; i++) {
        if (i > 0) nanosleep(&pause, NULL);
        rc = message_store_save(h->db, h->arena, changes, n, saved);
    }
    if (rc != DB_OK) log_error("outcomes of messages could not be saved: they will be looked up");
    return rc;
}

enum pace_room outbox_take_room(struct notify *n) {
    pthread_mutex_lock(&n->pace_lock);
    enum pace_room room = pace_room(&n->pace, time_mono_ms());
    if (room != PACE_NONE) pace_take(&n->pace);
    pthread_mutex_unlock(&n->pace_lock);
    return room;
}

void outbox_give_back(struct notify *n) {
    pthread_mutex_lock(&n->pace_lock);
    pace_give_back(&n->pace);
    pthread_mutex_unlock(&n->pace_lock);
}
