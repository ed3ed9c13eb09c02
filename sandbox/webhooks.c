/* webhooks - see webhooks.h. The queue and its rules are webhook_queue.c; here are the lock and the senders. */
#include "webhooks.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/arena.h"
#include "common/cond.h"
#include "common/http_client.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/timeutil.h"
#include "payment_json.h"
#include "random_id.h"
#include "webhook_queue.h"

#define ANSWER_LIMIT_MS (10 * SECOND_MS)
#define ANSWER_LIMIT_LEAST_MS (5 * SECOND_MS) /* however much time is scaled: the shop's machine is not */
#define ANSWER_BYTES ((size_t)64 * 1024)
#define ARENA_BYTES ((size_t)512 * 1024)
#define IDLE_MS 60000

struct webhooks {
    struct webhooks_conf conf;
    pthread_mutex_t lock; /* guards queue */
    pthread_cond_t work, tried;
    struct webhook_queue queue;
    atomic_bool stop;
    size_t n_threads;
    pthread_t *thread;
    struct metric *delivered, *failed, *lost;
};

bool webhooks_wanted(const struct webhooks *w) { return *w->conf.url != '\0'; }

/* ---- one try ---- */

/* The time of this transmission, as Toss writes it. */
static void time_header(char *out, size_t cap) {
    char now[RFC3339_LEN + 1];
    time_rfc3339(time_now_ms(), now);
    snprintf(out, cap, "tosspayments-webhook-transmission-time: %.19s+09:00", now);
}

/* `d` is being sent: nobody else touches its body, its id and its tries. HTTP status of the answer; 0: none in time. */
static int send_one(struct webhooks *w, struct http_client *client, struct arena *a, const struct delivery *d) {
    char time[96], id[96], retried[96];
    time_header(time, sizeof time);
    snprintf(id, sizeof id, "tosspayments-webhook-transmission-id: %s", d->id);
    snprintf(retried, sizeof retried, "tosspayments-webhook-transmission-retried-count: %d", d->tries);
    const char *const headers[] = {"Content-Type: application/json", time, id, retried};
    int64_t limit = clock_limit(&w->conf.clock, ANSWER_LIMIT_MS);
    const struct http_call call = {.method = "POST",
                                   .url = w->conf.url,
                                   .headers = headers,
                                   .n_headers = sizeof headers / sizeof *headers,
                                   .body = d->body,
                                   .len = d->len,
                                   .timeout_ms = (int)(limit > ANSWER_LIMIT_LEAST_MS ? limit : ANSWER_LIMIT_LEAST_MS)};
    struct http_reply reply;
    http_client_send(client, a, &call, &reply);
    return reply.transport == HTTP_ANSWERED ? reply.status : 0;
}

static void count(struct webhooks *w, const struct delivery *d) {
    if (d->state == DELIVERY_DELIVERED) metric_add(w->delivered, 1);
    if (d->state == DELIVERY_FAILED) metric_add(w->failed, 1);
}

static void make_transmission_id(struct delivery *d) { random_id(d->id, "whtrans_a", ID_BASE32, 26); }

/* The lock is held on entry and on return, not while sending. */
static void work_once(struct webhooks *w, struct http_client *client, struct arena *a) {
    int64_t wait;
    struct delivery *d = queue_take(&w->queue, time_mono_ms(), &wait);
    if (d == NULL) {
        cond_wait_until(&w->work, &w->lock, time_mono_ms() + (wait >= 0 ? wait : IDLE_MS));
        return;
    }
    if (d->tries > 0 && w->conf.new_ids) make_transmission_id(d);
    pthread_mutex_unlock(&w->lock);
    int status = send_one(w, client, a, d);
    arena_reset(a);
    pthread_mutex_lock(&w->lock);
    queue_tried(&w->queue, d, status, &w->conf.clock, time_mono_ms());
    count(w, d);
    pthread_cond_broadcast(&w->tried);
}

static void *sender(void *arg) {
    struct webhooks *w = arg;
    struct http_client *client = http_client_open(&(struct http_client_conf){
        .body_max = ANSWER_BYTES, .user_agent = "TossPayments-Sandbox", .plain_http = true, .stop = &w->stop});
    struct arena *a = arena_new(ARENA_BYTES);
    if (client == NULL || a == NULL) abort(); /* at start, where nothing can be saved */
    pthread_mutex_lock(&w->lock);
    while (!atomic_load(&w->stop)) work_once(w, client, a);
    pthread_mutex_unlock(&w->lock);
    arena_free(&a);
    http_client_close(&client);
    return NULL;
}

/* ---- for the rest of the sandbox ---- */

static struct delivery *add(struct webhooks *w, const struct event *e, const struct fault_hit *fault) {
    struct delivery *d = queue_add(&w->queue, e->body, e->len);
    if (d == NULL) {
        metric_add(w->lost, 1);
        return NULL;
    }
    d->created = time_now_ms();
    d->type = e->type;
    d->payment_status = e->status;
    d->fault = fault->name;
    snprintf(d->payment_key, sizeof d->payment_key, "%s", e->payment_key);
    snprintf(d->order_id, sizeof d->order_id, "%s", e->order_id);
    make_transmission_id(d);
    return d;
}

static void apply(struct webhooks *w, struct delivery *d, const struct fault_hit *fault) {
    int64_t now = time_mono_ms();
    if (fault->mode == FAULT_WEBHOOK_DROP) {
        queue_finish(&w->queue, d, DELIVERY_DROPPED);
        return;
    }
    bool held = fault->mode == FAULT_WEBHOOK_REORDER;
    if (held) {
        d->state = DELIVERY_HELD;
        w->queue.n_held++;
    }
    queue_schedule(&w->queue, d, held || fault->mode == FAULT_DELAY ? now + fault->ms : now);
}

uint64_t webhooks_push(struct webhooks *w, const struct event *e, const struct fault_hit *fault) {
    pthread_mutex_lock(&w->lock);
    struct delivery *d = add(w, e, fault);
    uint64_t number = d != NULL ? d->number : 0;
    if (d != NULL) apply(w, d, fault);
    struct delivery *twin = d != NULL && fault->mode == FAULT_WEBHOOK_DUPLICATE ? add(w, e, fault) : NULL;
    if (twin != NULL) {
        memcpy(twin->id, d->id, sizeof twin->id);
        apply(w, twin, fault);
        pthread_cond_signal(&w->work);
    }
    pthread_cond_signal(&w->work);
    pthread_mutex_unlock(&w->lock);
    return number;
}

static bool is_untried(const struct webhooks *w, uint64_t number) {
    const struct delivery *d = w->queue.newest;
    while (d != NULL && d->number > number) d = d->older;
    return d != NULL && d->number == number && d->tries == 0;
}

void webhooks_await(struct webhooks *w, uint64_t number, int64_t ms) {
    int64_t until = time_mono_ms() + ms;
    pthread_mutex_lock(&w->lock);
    while (!atomic_load(&w->stop) && is_untried(w, number) && cond_wait_until(&w->tried, &w->lock, until)) {}
    pthread_mutex_unlock(&w->lock);
}

void webhooks_clear(struct webhooks *w) {
    pthread_mutex_lock(&w->lock);
    queue_clear(&w->queue);
    pthread_mutex_unlock(&w->lock);
}

static void write_delivery(const struct delivery *d, int64_t now, struct json_out *o) {
    bool waiting = d->state == DELIVERY_PENDING || d->state == DELIVERY_HELD;
    json_obj(o, NULL);
    json_put_text(o, "transmission_id", d->id);
    json_put_text(o, "event", d->type);
    json_put_text(o, "payment_key", d->payment_key);
    json_put_text(o, "order_id", d->order_id);
    json_put_text(o, "status", d->payment_status);
    json_put_time(o, "created_at", d->created);
    json_put_text(o, "state", delivery_state_name(d->state));
    json_put_int(o, "attempts", d->tries);
    json_put_int(o, "last_status", d->last_status);
    if (waiting)
        json_put_int(o, "next_in_ms", d->due > now ? d->due - now : 0);
    else
        json_put_null(o, "next_in_ms");
    json_put_text(o, "fault", *d->fault != '\0' ? d->fault : NULL);
    json_obj_end(o);
}

void webhooks_write(struct webhooks *w, struct json_out *o, const char *key, const char *payment_key,
                    const char *order_id) {
    int64_t now = time_mono_ms();
    pthread_mutex_lock(&w->lock);
    json_arr(o, key);
    for (const struct delivery *d = w->queue.oldest; d != NULL; d = d->newer)
        if ((payment_key == NULL || strcmp(d->payment_key, payment_key) == 0) &&
            (order_id == NULL || strcmp(d->order_id, order_id) == 0))
            write_delivery(d, now, o);
    json_arr_end(o);
    pthread_mutex_unlock(&w->lock);
}

/* ---- life ---- */

struct webhooks *webhooks_start(const struct webhooks_conf *conf) {
    struct webhooks *w = calloc(1, sizeof *w);
    if (w == NULL) return NULL;
    w->conf = *conf;
    pthread_mutex_init(&w->lock, NULL);
    cond_init_monotonic(&w->work);
    cond_init_monotonic(&w->tried);
    w->delivered =
        metric_get(METRIC_COUNTER, "sandbox_webhooks_total", "result=\"delivered\"", "Webhooks by their end");
    w->failed = metric_get(METRIC_COUNTER, "sandbox_webhooks_total", "result=\"failed\"", "Webhooks by their end");
    w->lost = metric_get(METRIC_COUNTER, "sandbox_webhooks_total", "result=\"lost\"", "Webhooks by their end");
    size_t threads = webhooks_wanted(w) ? conf->threads : 0;
    w->thread = calloc(threads + 1, sizeof *w->thread);
    bool ok = queue_open(&w->queue, conf->queue) && w->thread != NULL;
    while (ok && w->n_threads < threads) {
        ok = pthread_create(&w->thread[w->n_threads], NULL, sender, w) == 0;
        if (ok) w->n_threads++;
    }
    if (!ok) webhooks_stop(&w);
    return w;
}

void webhooks_stop(struct webhooks **webhooks) {
    struct webhooks *w = *webhooks;
    if (w == NULL) return;
    pthread_mutex_lock(&w->lock);
    atomic_store(&w->stop, true);
    pthread_cond_broadcast(&w->work);
    pthread_cond_broadcast(&w->tried);
    pthread_mutex_unlock(&w->lock);
    for (size_t i = 0; i < w->n_threads; i++) pthread_join(w->thread[i], NULL);
    queue_close(&w->queue);
    free(w->thread);
    pthread_cond_destroy(&w->work);
    pthread_cond_destroy(&w->tried);
    pthread_mutex_destroy(&w->lock);
    free(w);
    *webhooks = NULL;
}
