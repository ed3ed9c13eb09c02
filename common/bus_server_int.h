/* bus_server_int - shared by the files of the bus server; nobody else includes it.
 *
 *   transport callback -> pool_push() -> worker: bus_work.c checks and runs -> bus_reply() -> last answer: the reply leaves
 *
 * A message belongs to whoever holds it at the moment: the queue, its worker, then its unanswered requests together. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>
#include "arena.h"
#include "bus.h"
#include "bus_envelope.h"
#include "transport.h"

struct metric;
struct message;

struct request {          /* what bus_req is to the server */
    struct bus_req pub;   /* first: a bus_req * is a request * */
    struct request *next; /* in message.requests or among the spare ones */
    struct message *message;
    unsigned roles; /* that may call it */
    int64_t since_us;
    enum status status;
    int retry_after;
    const char *body; /* in the arena */
    size_t body_len;
};

struct caller {
    char *service;
    struct hmac_key *key;
};

struct message {
    struct message *next; /* in a pool's queue or among the spare ones */
    struct bus_server *server;
    struct tp_talk *talk;
    struct tp_msg *raw; /* the heads' texts live here */
    struct envelope env;
    enum status verdict; /* not ST_OK: refused on arrival, a worker of the common pool only says so */
    const struct caller *caller;
    struct request *requests, *last; /* in the order of the frames */
    atomic_size_t unanswered;
    atomic_size_t bytes; /* of the reply so far */
};

struct pool { /* a queue with its workers, for one class of ops */
    const struct bus_pool *conf;
    struct bus_server *server;
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct message *first, *last;
    int waiting; /* calls */
    bool closed;
    struct metric *gauge;
    struct pool_thread {
        struct pool *pool;
        struct worker worker;
        pthread_t id;
    } * threads;
    int n_threads;
};

struct op_metrics { /* looked up when first needed */
    _Atomic(struct metric *) count[ST_COUNT];
    _Atomic(struct metric *) seconds;
};

struct bus_server {
    struct bus_server_conf conf;
    struct pool *pools; /* conf's and, last, the server's own for common ops */
    size_t n_pools;
    struct caller *callers;
    size_t n_callers;
    struct op_metrics *metrics; /* conf's ops, then the common ones */
    struct tp_server *transport;
    int64_t started_ms;
    atomic_bool draining;
    atomic_size_t running;   /* messages taken and not answered */
    _Atomic int64_t told_ms; /* monotonic; when a refused message was last logged */
    pthread_mutex_t spare_lock;
    struct message *spare_messages;
    struct request *spare_requests;
    size_t n_spare_requests;
};

/* ---- bus_common_ops.c ---- */
extern const struct bus_op bus_common_ops[]; /* their pool index is COMMON_POOL; worker.state is the server */
extern const size_t bus_n_common_ops;
#define COMMON_POOL (-1)

/* ---- bus_pool.c ---- */
int pool_open(struct pool *p, struct bus_server *s, const struct bus_pool *conf);
bool pool_push(struct pool *p, struct message *m); /* false: full */
void pool_stop(struct pool *p);                    /* ends the workers; waiting messages are dropped */
void pool_free(struct pool *p);
struct message *message_new(struct bus_server *s, struct tp_talk *t, struct tp_msg *raw);
struct request *request_new(struct message *m); /* NULL: out of memory */
void message_free(struct message *m);           /* its requests too */
void spare_free(struct bus_server *s);

/* ---- bus_work.c ---- */
const struct bus_op *find_op(const struct bus_server *s, const char *name);
void message_serve(struct worker *w, struct message *m);

/* ---- bus_req.c ---- */
bool name_listed(const char *list, const char *name); /* `list`: names joined by ',' or "*" */

/* ---- bus_server.c ---- */
/* bus_reply() for a body that lives in the request's arena already. */
void request_answer(struct request *r, enum status st, const char *body, size_t len, int retry_after);
/* A checked message is about to be answered call by call. */
void message_begin(struct message *m);
/* One unsigned answer instead of a reply; ends the message. */
void message_refuse(struct message *m, enum status st);
/* Logs a refusal, at most one a second: whoever can reach the port must not be able to fill the disk. */
void tell_refusal(struct bus_server *s, const char *reason, const char *caller);
/* Answers all its calls alike, without looking at them; ends the message. */
void message_answer_all(struct message *m, const struct caller *c, enum status st);
const struct caller *find_caller(const struct bus_server *s, const char *service);
