/* gateway - what the files of the gateway share: its configuration, its state, one request.
 *
 * The story of a request is dispatch.c, read top to bottom; each step is a function below, in a file of its own. */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/bus.h"
#include "common/http.h"
#include "common/json.h"
#include "common/jwt.h"
#include "common/settings.h"
#include "limits.h"
#include "networks.h"
#include "router.h"

struct config { /* filled from settings_table, const after start */
    char *listen, *booking_addr, *booking_pub_addr, *payment_addr, *entrance_addr, *notify_addr, *admin_addr;
    int64_t threads, backlog, keep_alive_ms, request_timeout_ms, body_timeout_ms;
    char *secret_key, *algorithm, *device_token_key, *order_token_key;
    char *trusted_proxies, *webhook_sources, *cors_origins, *public_url, *web_root, *docs_root;
    bool rate_limits, access_log;
    int64_t per_address;                       /* connections open, calls under way behind proxies */
    struct limit_rule by_address[CLASS_COUNT]; /* per_minute 0: not limited */
    struct limit_rule by_phone[CLASS_COUNT];
    int64_t in_flight[CLASS_COUNT]; /* percent of threads; 0: not capped */
    int64_t at_once[CLASS_COUNT];   /* the same as a number of calls; 0: as a percentage */
    int64_t export_rest_percent;
    char *tmp_dir;
};
extern const struct setting settings_table[];
extern const size_t settings_count;

struct class_info {
    const char *name;
    int deadline_ms; /* of the bus call */
};
extern const struct class_info class_table[CLASS_COUNT];

struct catalogue;
struct puller;
struct sessions;
struct ids;
struct meter;
struct rest;
struct hmac_key;
struct gateway {
    const struct config *conf;
    struct daemon *daemon;
    struct bus_client *bus;
    struct http_server *http;
    struct catalogue *catalogue;
    struct sessions *sessions;
    struct puller *catalogue_puller, *sessions_puller;
    struct limits *limits;                      /* NULL: switched off */
    struct limits *streams;                     /* of each person, live.c; never off */
    struct networks *proxies, *webhook_sources; /* sources NULL: webhooks may come from anywhere */
    struct hmac_key *order_key, *csrf_key;
    struct meter *meter;
    struct ids *ids;
    struct rest *rest;
    _Atomic int in_flight[CLASS_COUNT];
};

struct request {
    struct gateway *gw;
    struct http_req *http;
    struct path path;
    struct match match;
    struct query query;
    const struct route *route; /* NULL until found */
    char id[65];
    char address[ADDRESS_TEXT]; /* of the client behind trusted proxies */
    char owner[ADDRESS_TEXT];   /* what limits count, see networks.h */
    bool proxied;               /* came through a trusted proxy */
    bool https;                 /* as a trusted proxy says */
    bool entered;               /* counted under its class: undone by leave() */
    int ticket;                 /* of limits_enter(); -1: not counted */
    enum lang lang;
    struct staff_claims who; /* ROLE_VISITOR without a token */
    enum token_scope token;
    uint16_t token_version;
    bool idem_given;
    char idem_key[129]; /* "" for calls that change nothing */
    const char *body;
    size_t body_len;
    int retry_after;
    struct strbuf headers; /* lines for the answer, put by the steps */
    struct json_faults faults;
};

/* dispatch.c */
void gateway_handle(void *gateway, struct http_req *http);
/* arrive.c: id, client, language; path and method; query. */
void request_begin(struct request *r, struct gateway *gw, struct http_req *http);
enum status request_route(struct request *r);
enum status request_query(struct request *r);
/* admit.c: limits and caps. leave() undoes what admit() counted. */
enum status admit(struct request *r);
enum status admit_phone(struct request *r);
void leave(struct request *r);
/* The hooks of http_conf: how many connections an address has open. */
int connection_arrived(void *gateway, const char *remote);
void connection_gone(void *gateway, int ticket);
/* auth.c: who is calling, and may they. */
enum status authenticate(struct request *r);
/* Is the caller's token still good? For answers that have no end. */
bool caller_stands(const struct request *r);
/* body.c: Idempotency-Key, Content-Type, the body itself. */
enum status request_body(struct request *r);
/* call.c: bus calls on behalf of the request, with the parameters of its path, header and query. */
void call_head(const struct request *r, struct bus_head *head);
void call_param(struct bus_head *head, const char *name, const char *value);
/* True: it succeeded, and is still to be answered. False: its problem was answered. */
bool call_done(struct request *r, const struct bus_reply *reply);
/* assemble.c: the reply becomes the whole of route.also. False: it cannot be put together. */
bool assemble(struct request *r, struct bus_reply *reply);
/* call.c, session.c, live.c, export.c, snapshot.c, files.c, operation.c: the kinds of answers */
void serve_call(struct request *r);
void serve_session(struct request *r);
void serve_live(struct request *r);
void serve_export(struct request *r);
void serve_snapshot(struct request *r);
void serve_file(struct request *r);
void serve_pages(struct request *r);
void serve_healthz(struct request *r);
void serve_readyz(struct request *r);
bool gateway_ready(struct gateway *gw);
/* answer.c */
void header_add(struct request *r, const char *name, const char *value);
void answer(struct request *r, int http_status, const char *content_type, const void *body, size_t len);
/* The head of an answer in chunks (common/http.h). False: the client went away. */
bool answer_begin(struct request *r, const char *content_type);
void answer_file(struct request *r, int fd, int64_t size, const char *content_type);
/* problem+json; `extra`: members to add, as the text of one JSON object, or NULL (bus.h, bus_handler). */
void answer_problem(struct request *r, enum status st, const char *extra, size_t extra_len);
/* The gateway's own refusal, with the faults noted in the request. */
void refuse(struct request *r, enum status st);
/* meter.c: metrics and access log. */
struct meter *meter_open(void);
void meter_request(struct meter *m, struct request *r);
void meter_close(struct meter **m);
/* preflight.c: refuses to start when the machine cannot hold that many threads and connections. */
int preflight(int64_t threads);
