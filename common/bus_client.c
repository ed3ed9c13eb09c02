#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "arena.h"
#include "bus_client_int.h"
#include "log.h"
#include "timeutil.h"

static int service_open(struct service *s, struct bus_client *c, const struct bus_service *conf) {
    s->client = c;
    s->name = conf->name;
    s->addrs = conf->addrs;
    pthread_mutex_init(&s->lock, NULL);
    s->lanes = calloc(conf->n_lanes, sizeof *s->lanes);
    if (s->lanes == NULL) return -1;
    for (; s->n_lanes < conf->n_lanes; s->n_lanes++) lane_open(&s->lanes[s->n_lanes], s, &conf->lanes[s->n_lanes]);
    return 0;
}

static void client_free(struct bus_client *c) {
    for (size_t i = 0; i < c->n_services; i++) {
        struct service *s = &c->services[i];
        for (size_t j = 0; j < s->n_lanes; j++) lane_close(&s->lanes[j]);
        pthread_mutex_destroy(&s->lock);
        free(s->lanes);
    }
    hmac_key_free(&c->key);
    free(c->services);
    free(c->self);
    free(c);
}

struct bus_client *bus_client_open(const char *self, const char *key, const struct bus_service *services, size_t n) {
    struct bus_client *c = calloc(1, sizeof *c);
    if (c == NULL) return NULL;
    c->self = strdup(self);
    c->key = hmac_key_new(key, strlen(key));
    c->services = calloc(n > 0 ? n : 1, sizeof *c->services);
    bool good = c->self != NULL && c->key != NULL && c->services != NULL;
    for (size_t i = 0; good && i < n; i++) {
        good = service_open(&c->services[i], c, &services[i]) == 0;
        c->n_services++;
    }
    if (!good || peers_start(c) != 0) {
        log_error("cannot open the bus client", "service", self);
        client_free(c);
        return NULL;
    }
    return c;
}

void bus_client_close(struct bus_client **c) {
    if (*c == NULL) return;
    for (size_t i = 0; i < (*c)->n_services; i++)
        for (size_t j = 0; j < (*c)->services[i].n_lanes; j++) lane_stop(&(*c)->services[i].lanes[j]);
    peers_stop(*c);
    client_free(*c);
    *c = NULL;
}

static struct service *find_service(struct bus_client *c, const char *name) {
    for (size_t i = 0; i < c->n_services; i++)
        if (strcmp(c->services[i].name, name) == 0) return &c->services[i];
    return NULL;
}

static struct lane *find_lane(struct bus_client *c, const char *service, const char *lane) {
    struct service *s = find_service(c, service);
    for (size_t i = 0; s != NULL && i < s->n_lanes; i++)
        if (strcmp(s->lanes[i].conf->name, lane) == 0) return &s->lanes[i];
    return NULL;
}

bool bus_service_up(struct bus_client *c, const char *service) {
    struct service *s = find_service(c, service);
    return s != NULL && peers_up(s);
}

/* True when the call was answered before its deadline. */
static bool wait_answer(struct call *c) {
    struct timespec until = {c->deadline_ms / 1000, c->deadline_ms % 1000 * 1000000};
    int rc;
    while ((rc = sem_timedwait(&c->answered, &until)) != 0 && errno == EINTR) continue;
    return rc == 0;
}

static void take_answer(const struct call *c, struct arena *a, struct bus_reply *reply) {
    *reply = c->answer;
    char *body = arena_alloc(a, c->answer.body_len + 1);
    if (body != NULL) {
        reply->body = memcpy(body, c->answer.body, c->answer.body_len);
        return;
    }
    log_error("answer does not fit into the caller's arena");
    *reply = (struct bus_reply){.status = ST_OUTCOME_UNKNOWN, .body = ""};
}

void bus_call(struct bus_client *c, const char *service, const char *lane, const struct bus_head *head, struct arena *a,
              struct bus_reply *reply) {
    *reply = (struct bus_reply){.status = ST_BUSY, .retry_after = 1, .body = ""};
    struct lane *l = find_lane(c, service, lane);
    size_t len = env_head_size(head);
    if (l == NULL || len == 0 || env_size(c->self, 1, len) > ENV_MAX_MESSAGE) {
        reply->status = l == NULL ? ST_INTERNAL : ST_BODY_TOO_LARGE;
        reply->retry_after = 0;
        return;
    }
    struct call *call = head->deadline_ms > time_now_ms() ? call_new(head, len) : NULL;
    if (call == NULL) return;
    if (lane_add(l, call)) {
        bool answered = wait_answer(call);
        bool waiting = !answered && lane_abandon(l, call);
        if (answered || (!waiting && sem_trywait(&call->answered) == 0))
            take_answer(call, a, reply);
        else if (!waiting)
            *reply = (struct bus_reply){.status = ST_OUTCOME_UNKNOWN, .body = ""};
    }
    call_unref(call);
}

struct bus_head bus_service_head(const char *op, const char *request_id, const char *body, size_t len,
                                 int64_t wait_ms) {
    return (struct bus_head){.op = op,
                             .request_id = request_id,
                             .idem_key = "",
                             .path = "",
                             .deadline_ms = time_now_ms() + wait_ms,
                             .role = ROLE_SERVICE,
                             .scope = "*",
                             .client = "",
                             .body = body,
                             .body_len = len};
}
