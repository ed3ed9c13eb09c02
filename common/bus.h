/* bus - calls between daemons over nng REQ/REP (design §2). The only bus API; nng itself is seen by transport.c alone.
 *
 * A message carries 1..BUS_MAX_BATCH calls of one lane, signed with the calling service's key. The bus never resends:
 * a call that did not leave, or was refused as draining, goes to another replica; one without an answer is UNKNOWN and may be
 * repeated only by someone who holds its idempotency key. Deadlines are wall-clock instants, so hosts need synchronised clocks. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "role.h"
#include "status.h"
#include "strbuf.h"
#include "token.h"

#define BUS_MAX_MESSAGE (1024 * 1024)
#define BUS_MAX_BATCH 256
#define BUS_MAX_PARAMS 12

struct arena;
struct daemon;

/* ---- what a call carries (both sides) ---- */
struct bus_param { /* decoded path and query variables */
    const char *name, *value;
};
struct bus_head {
    const char *op;         /* "order.create" */
    const char *request_id; /* <= 64 */
    const char *idem_key;   /* as the client sent it, <= 128; or made by the gateway */
    bool idem_given;        /* the client sent it: it may be a repeat */
    const char *path;       /* raw HTTP path: part of the key's scope; "" between services */
    int64_t deadline_ms;    /* wall clock */
    int64_t user_id;        /* staff; 0: none */
    enum role role;         /* ROLE_VISITOR without a session */
    const char *scope;      /* exhibition codes joined by ',' or "*"; "" for visitors */
    enum token_scope token; /* verified right on the order named by the path */
    uint16_t token_version;
    enum lang lang;
    const char *client; /* address it came from, for audit */
    size_t n_params;
    struct bus_param params[BUS_MAX_PARAMS];
    const char *body; /* JSON exactly as it came over HTTP; NUL-terminated on the server side */
    size_t body_len;
};

/* ---- client ---- */
struct bus_client;
struct bus_lane { /* calls that queue together; per service */
    const char *name;
    int in_flight; /* messages under way per replica */
    int batch;     /* calls per message; > 1 only for ops with a batch handler */
    int queue;     /* calls waiting for a free message, beyond that BUSY at once */
};
struct bus_service {   /* whom this daemon may call */
    const char *name;  /* "booking" */
    const char *addrs; /* host:port[,host:port]; every A record of a name is a replica */
    const struct bus_lane *lanes;
    size_t n_lanes;
};
struct bus_reply {
    enum status status; /* ST_OUTCOME_UNKNOWN: sent, no answer. ST_BUSY: certainly not executed */
    int retry_after;    /* seconds, 0: none */
    const char *body;   /* in the caller's arena, NUL-terminated */
    size_t body_len;
};

/* `self` is this service's name, `key` its signing key text. Starts resolver and prober threads. */
struct bus_client *bus_client_open(const char *self, const char *key, const struct bus_service *services, size_t n);
/* The head of a call that a service makes by itself; `wait_ms` from now on. */
struct bus_head bus_service_head(const char *op, const char *request_id, const char *body, size_t len, int64_t wait_ms);
/* Blocks the calling thread until the answer, or head->deadline_ms. Never called from a bus callback. */
void bus_call(struct bus_client *c, const char *service, const char *lane, const struct bus_head *head, struct arena *a,
              struct bus_reply *reply);
/* True while at least one replica answered its last probe. */
bool bus_service_up(struct bus_client *c, const char *service);
void bus_client_close(struct bus_client **c);

/* ---- server ---- */
struct worker { /* one thread: its own connections */
    struct daemon *daemon;
    struct db *db;
    struct redis *redis;
    void *state; /* the service's shared state */
};
struct bus_req { /* one call being served; lives until answered */
    struct bus_head head;
    const char *caller; /* verified service name */
    const struct bus_op *op;
    struct arena *arena;
    void *mine; /* for the handler that parks it */
};
/* Returns the outcome with `out` filled; a failure's `out` may hold extra members as one JSON object ({"errors":[…]}); the first
 * may be "detail", for words that say more than those of the status.
 * ST_PARKED: somebody will call bus_reply() exactly once. */
typedef enum status (*bus_handler)(struct worker *w, struct bus_req *req, struct strbuf *out);
/* Several waiting calls of one op; each must be answered with bus_reply(), now or later. */
typedef void (*bus_batch_handler)(struct worker *w, struct bus_req **reqs, size_t n);

struct bus_pool {
    const char *name;
    int workers;
    int queue; /* waiting calls, beyond that BUSY */
};
struct bus_op { /* which roles may call it: rights.h; refused with FORBIDDEN / UNAUTHENTICATED in one place */
    const char *name;
    const char *callers; /* services joined by ',' : "gateway,payment" */
    int pool;            /* index into the service's pools */
    bus_handler handler;
    bus_batch_handler batch; /* instead of handler */
    const char *help;        /* one line for docs/ops.md */
};

/* From any thread, exactly once per request; frees the request. Body is copied. */
void bus_reply(struct bus_req *req, enum status st, const char *body, size_t len, int retry_after);
const char *bus_param(const struct bus_req *req, const char *name);      /* NULL: absent */
const char *bus_param_text(const struct bus_req *req, const char *name); /* NULL: absent or empty */
/* A parameter of digits only, `def` when absent or empty. False: no number, or not within min..max. */
bool bus_param_int(const struct bus_req *req, const char *name, int64_t min, int64_t max, int64_t def, int64_t *v);
/* The row that the path's "id" names, 1..max. False: there is none, so NOT_FOUND. */
bool bus_param_id(const struct bus_req *req, int64_t max, int64_t *id);
/* May the caller do this part of the op (rights.h)? */
bool bus_may(const struct bus_req *req, const char *part);
/* True when the caller's scope covers this exhibition code. */
bool bus_in_scope(const struct bus_req *req, const char *exhibition_code);
/* The exhibitions of a list, by code: the one named by the parameter `exhibition`, else all that the caller's scope covers
 * (*codes NULL: there is no limit). ST_NOT_FOUND: the one named is not covered. */
enum status bus_scope(const struct bus_req *req, const char *const **codes, size_t *n);
/* Key of the effect: first 16 bytes of SHA-256(op, path, key, and of staff and devices who it is) and of SHA-256(body), as UUID
 * text for SQL. */
void bus_idem(const struct bus_req *req, char key[37], char body[37]);
int64_t bus_left_ms(const struct bus_req *req); /* until the deadline; <= 0: too late */

struct bus_key { /* of one caller */
    const char *service, *key;
};
struct bus_server;
struct bus_server_conf {
    const char *listen; /* host:port */
    const char *self;   /* "booking" */
    const struct bus_op *ops;
    size_t n_ops;
    const struct bus_pool *pools;
    size_t n_pools;
    const struct bus_key *keys;
    size_t n_keys;
    struct worker (*make_worker)(void *arg);
    void *arg;
};
struct bus_server *bus_server_start(const struct bus_server_conf *conf);
/* New calls get DRAINING; returns when the running ones are answered or `ms` is over. */
void bus_server_drain(struct bus_server *s, int ms);
void bus_server_stop(struct bus_server **s);

/* ---- hints: PUB/SUB, lossy by nature; the receiver pulls the truth ---- */
struct bus_pub *bus_pub_start(const char *listen);
void bus_pub_send(struct bus_pub *p, const char *topic); /* coalescing is the caller's */
void bus_pub_stop(struct bus_pub **p);
/* Calls fn(arg, topic) on a thread of its own for each hint from any replica of the addresses. */
struct bus_sub *bus_sub_start(const char *addrs, void (*fn)(void *arg, const char *topic), void *arg);
void bus_sub_stop(struct bus_sub **s);
