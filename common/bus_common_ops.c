/* bus_common_ops - the calls every service answers. */
#include <string.h>
#include "bus_server_int.h"
#include "log.h"
#include "timeutil.h"

static enum status op_ping(struct worker *w, struct bus_req *req, struct strbuf *out) {
    (void)w;
    (void)req;
    strbuf_puts(out, "{}");
    return ST_OK;
}

static enum status op_stats(struct worker *w, struct bus_req *req, struct strbuf *out) {
    (void)req;
    struct bus_server *s = w->state;
    strbuf_printf(out, "{\"service\":\"%s\",\"uptime_ms\":%lld,\"messages\":%zu,\"waiting\":{", s->conf.self,
                  (long long)(time_mono_ms() - s->started_ms), atomic_load(&s->running));
    for (size_t i = 0; i < s->n_pools; i++) {
        struct pool *p = &s->pools[i];
        pthread_mutex_lock(&p->lock);
        int waiting = p->waiting;
        pthread_mutex_unlock(&p->lock);
        strbuf_printf(out, "%s\"%s\":%d", i > 0 ? "," : "", p->conf->name, waiting);
    }
    strbuf_puts(out, "}}");
    return ST_OK;
}

static enum status op_loglevel(struct worker *w, struct bus_req *req, struct strbuf *out) {
    static const char *const names[] = {"debug", "info", "warning", "error"};
    (void)w;
    (void)out;
    const char *level = bus_param(req, "level");
    for (size_t i = 0; level != NULL && i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(level, names[i]) != 0) continue;
        log_set_level((enum log_level)i);
        return ST_NO_CONTENT;
    }
    return ST_BAD_REQUEST;
}

const struct bus_op bus_common_ops[] = {
    {"ping", "*", COMMON_POOL, op_ping, NULL, "Answers {} while the service takes calls"},
    {"stats", "*", COMMON_POOL, op_stats, NULL, "Uptime, messages under way, waiting calls per pool"},
    {"loglevel", "*", COMMON_POOL, op_loglevel, NULL, "Sets the log level: parameter level"},
};
const size_t bus_n_common_ops = sizeof bus_common_ops / sizeof bus_common_ops[0];
