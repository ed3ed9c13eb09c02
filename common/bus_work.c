/* bus_work - what a worker does with a message: believe it, read it, check each call against the table of ops, run the handler. */
#include <string.h>
#include "bus_server_int.h"
#include "rights.h"
#include "timeutil.h"

#define REPLY_MAX (ENV_MAX_MESSAGE - 1024)

static const struct bus_op *find_in(const struct bus_op *ops, size_t n, const char *name) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(ops[i].name, name) == 0) return &ops[i];
    return NULL;
}

const struct bus_op *find_op(const struct bus_server *s, const char *name) {
    const struct bus_op *op = find_in(s->conf.ops, s->conf.n_ops, name);
    return op != NULL ? op : find_in(bus_common_ops, bus_n_common_ops, name);
}

static unsigned roles_of(const struct bus_req *r) { return ((const struct request *)r)->roles; }

/* May this caller have this call executed now? ST_OK or the refusal. */
static enum status judge(const struct bus_server *s, const struct bus_req *r) {
    if (r->op == NULL) return ST_NOT_FOUND;
    if (!name_listed(r->op->callers, r->caller)) return ST_FORBIDDEN;
    if ((roles_of(r) & r->head.role) == 0) return r->head.role == ROLE_VISITOR ? ST_UNAUTHENTICATED : ST_FORBIDDEN;
    if (bus_left_ms(r) <= 0) return ST_EXPIRED_CALL;
    return atomic_load(&s->draining) && r->op->pool == COMMON_POOL ? ST_DRAINING : ST_OK;
}

bool bus_may(const struct bus_req *req, const char *part) {
    const struct request *r = (const struct request *)req;
    return (rights_of_part(r->message->server->conf.self, req->op->name, part) & req->head.role) != 0;
}

/* All frames, before the first is acted upon: a damaged message does nothing at all. */
static enum status read_requests(struct message *m) {
    const struct bus_op *op = NULL;
    unsigned roles = 0;
    for (size_t i = 0; i < m->env.n; i++) {
        size_t len;
        const uint8_t *frame = env_next(&m->env, &len);
        struct request *r = request_new(m);
        if (r == NULL) return ST_INTERNAL;
        if (frame == NULL || !env_head_read(&r->pub.head, frame, len)) return ST_BAD_REQUEST;
        if (op == NULL || strcmp(op->name, r->pub.head.op) != 0) {
            op = find_op(m->server, r->pub.head.op);
            roles = op != NULL ? rights_of(m->server->conf.self, op->name) : 0;
        }
        r->pub.op = op;
        r->roles = roles;
        r->pub.caller = m->caller->service;
    }
    return env_done(&m->env) ? ST_OK : ST_BAD_REQUEST;
}

static enum status open_message(struct message *m) {
    m->caller = find_caller(m->server, m->env.caller);
    if (m->env.kind != ENV_REQUEST || m->caller == NULL || !env_verify(&m->env, m->caller->key, NULL)) {
        tell_refusal(m->server, "wrong key", m->env.caller);
        return ST_UNAUTHENTICATED;
    }
    enum status st = read_requests(m);
    if (st != ST_OK) tell_refusal(m->server, "shape", m->caller->service);
    return st;
}

static void run_one(struct worker *w, struct bus_req *req) {
    struct strbuf out;
    strbuf_init(&out, req->arena, REPLY_MAX);
    enum status st = req->op->handler(w, req, &out);
    if (st == ST_PARKED) return;
    if (strbuf_ok(&out))
        request_answer((struct request *)req, st, out.data, out.len, 0);
    else
        bus_reply(req, ST_INTERNAL, NULL, 0, 0);
}

/* Calls of one op, all allowed. */
static void run(struct worker *w, struct bus_req **reqs, size_t n) {
    if (n == 0) return;
    if (reqs[0]->op->batch != NULL) {
        reqs[0]->op->batch(w, reqs, n);
        return;
    }
    for (size_t i = 0; i < n; i++) run_one(w, reqs[i]);
}

/* A request may vanish, with the whole message, as soon as it was answered or given to a handler: `next` is read first, and the
 * message lives while one of its requests is unanswered. */
void message_serve(struct worker *w, struct message *m) {
    if (m->verdict != ST_OK) {
        if (m->caller != NULL)
            message_answer_all(m, m->caller, m->verdict);
        else
            message_refuse(m, m->verdict);
        return;
    }
    enum status st = open_message(m);
    if (st != ST_OK) {
        message_refuse(m, st);
        return;
    }
    struct bus_req *all[BUS_MAX_BATCH], *allowed[BUS_MAX_BATCH];
    size_t n = 0, n_allowed = 0;
    const struct bus_server *s = m->server;
    message_begin(m);
    for (struct request *r = m->requests; r != NULL; r = r->next) all[n++] = &r->pub;
    for (size_t i = 0; i < n; i++) {
        if (n_allowed > 0 && all[i]->op != allowed[0]->op) {
            run(w, allowed, n_allowed);
            n_allowed = 0;
        }
        enum status verdict = judge(s, all[i]);
        if (verdict == ST_OK)
            allowed[n_allowed++] = all[i];
        else
            bus_reply(all[i], verdict, NULL, 0, verdict == ST_DRAINING ? 1 : 0);
    }
    run(w, allowed, n_allowed);
}
