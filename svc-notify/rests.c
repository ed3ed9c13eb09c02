#include "rests.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include "common/log.h"
#include "common/metrics.h"
#include "common/timeutil.h"

#define IN_A_ROW 3 /* messages refused: their template is */

struct rest {
    bool on;
    int64_t refused[IN_A_ROW]; /* messages of this template since one was taken */
    size_t n_refused;
    int64_t look_ms; /* when to see whether it is over */
    struct metric *metric;
};
struct rests {
    pthread_mutex_t lock;
    int64_t rest_ms;
    struct rest provider, *templates; /* by their place in the table */
};

static struct metric *gauge(const char *template) {
    char labels[64];
    snprintf(labels, sizeof labels, "what=\"%s\"", template);
    return metric_get(METRIC_GAUGE, "notify_resting", labels, "1: nothing of it is sent until the operator has acted");
}

struct rests *rests_new(int64_t rest_ms) {
    struct rests *r = calloc(1, sizeof *r);
    if (r == NULL) return NULL;
    r->templates = calloc(template_count, sizeof *r->templates);
    pthread_mutex_init(&r->lock, NULL);
    r->rest_ms = rest_ms;
    r->provider.metric = gauge("provider");
    for (size_t i = 0; r->templates != NULL && i < template_count; i++)
        r->templates[i].metric = gauge(templates[i].key);
    if (r->templates == NULL) rests_free(&r);
    return r;
}

void rests_free(struct rests **rp) {
    struct rests *r = *rp;
    if (r == NULL) return;
    pthread_mutex_destroy(&r->lock);
    free(r->templates);
    free(r);
    *rp = NULL;
}

static struct rest *of(struct rests *r, const struct template *t) {
    size_t i = 0;
    while (template_at(i) != t) i++;
    return &r->templates[i];
}

/* True when it was not at rest before. */
static bool begin(struct rests *r, struct rest *rest) {
    pthread_mutex_lock(&r->lock);
    bool new = !rest->on;
    rest->on = true;
    rest->look_ms = time_now_ms() + r->rest_ms;
    metric_set(rest->metric, 1);
    pthread_mutex_unlock(&r->lock);
    return new;
}

static bool end(struct rests *r, struct rest *rest) {
    pthread_mutex_lock(&r->lock);
    bool was = rest->on;
    rest->on = false;
    metric_set(rest->metric, 0);
    pthread_mutex_unlock(&r->lock);
    return was;
}

bool rests_is_refused(struct rests *r, const struct template *t, int64_t message) {
    struct rest *rest = of(r, t);
    pthread_mutex_lock(&r->lock);
    size_t i = 0;
    while (i < rest->n_refused && rest->refused[i] != message) i++;
    if (i == rest->n_refused && i < IN_A_ROW) rest->refused[rest->n_refused++] = message;
    bool all = rest->n_refused == IN_A_ROW;
    pthread_mutex_unlock(&r->lock);
    return all;
}

void rests_template(struct rests *r, const struct template *t, const char *why) {
    if (begin(r, of(r, t)))
        log_error("a template is refused: its messages wait until it is as approved", "template", t->key, "code",
                  t->code, "reason", why);
}

void rests_provider(struct rests *r, const char *why) {
    if (begin(r, &r->provider))
        log_error("the provider refuses our account or channel: all messages wait", "reason", why);
}

size_t rests_batch(struct rests *r, int64_t now_ms, size_t max) {
    pthread_mutex_lock(&r->lock);
    if (r->provider.on) {
        max = now_ms >= r->provider.look_ms ? 1 : 0;
        if (max == 1) r->provider.look_ms = now_ms + r->rest_ms; /* one thread tries */
    }
    pthread_mutex_unlock(&r->lock);
    return max;
}

void rests_taken(struct rests *r, const struct template *t) {
    pthread_mutex_lock(&r->lock);
    if (t != NULL) of(r, t)->n_refused = 0;
    pthread_mutex_unlock(&r->lock);
    if (end(r, &r->provider)) log_info("the provider takes our messages again");
}

size_t rests_templates(struct rests *r, const char **keys) {
    size_t n = 0;
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < template_count; i++)
        if (r->templates[i].on) keys[n++] = templates[i].key;
    pthread_mutex_unlock(&r->lock);
    return n;
}

size_t rests_due(struct rests *r, int64_t now_ms, const struct template **due) {
    size_t n = 0;
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < template_count; i++) {
        struct rest *rest = &r->templates[i];
        if (!rest->on || now_ms < rest->look_ms) continue;
        rest->look_ms = now_ms + r->rest_ms;
        due[n++] = template_at(i);
    }
    pthread_mutex_unlock(&r->lock);
    return n;
}

void rests_repaired(struct rests *r, const struct template *t) {
    if (end(r, of(r, t))) log_info("a template is as approved again", "template", t->key);
}
