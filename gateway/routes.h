/* routes - what the gateway serves: one table, read by the router, the dispatcher and the tests. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum method { METHOD_GET = 1, METHOD_POST = 2, METHOD_PUT = 4, METHOD_PATCH = 8, METHOD_DELETE = 16 };

enum route_kind {
    KIND_CALL,     /* one bus call, or several whose answers become one */
    KIND_SESSION,  /* one bus call that begins, renews or ends a session: its answer sets or clears cookies */
    KIND_EVENTS,   /* one bus call each second, told as it changes, without an end */
    KIND_EXPORT,   /* a bus call per page, written as a file */
    KIND_SNAPSHOT, /* the catalogue, from memory */
    KIND_FILE,     /* one file of DOCS_ROOT */
    KIND_PAGES,    /* the exported web pages under WEB_ROOT */
    KIND_OWN,      /* answered by a function of the gateway */
    KIND_NOTHING   /* reserved: not there, and never a page */
};

enum who {
    WHO_ANYBODY,
    WHO_STAFF,       /* a valid staff token; which role may what is the owning service's rule */
    WHO_GATE,        /* a valid token of staff or of an enrolled device */
    WHO_NEWCOMER,    /* the same, or a device that has no token yet */
    WHO_SIGNING_IN,  /* whoever wants a token: none that comes along is looked at, it may be an old one */
    WHO_SIGNING_OUT, /* the same, but a bearer token that is good is told */
    WHO_PROVIDER     /* an address of TOSS_WEBHOOK_SOURCES; nothing it says is believed before it was asked for */
};

enum token_need { TOKEN_IGNORED, TOKEN_OPTIONAL, TOKEN_VIEWING, TOKEN_MANAGING };

/* Requests that share limits, in-flight caps and a deadline; rows of class_table. */
enum route_class {
    CLASS_OPERATION,
    CLASS_READS,
    CLASS_ORDERS,
    CLASS_LOOKUPS,
    CLASS_PAYMENTS,
    CLASS_WEBHOOKS,
    CLASS_STAFF,
    CLASS_LOGINS,  /* whatever hashes a password */
    CLASS_EXPORTS, /* long answers, page by page */
    CLASS_LIVE,    /* answers without an end */
    CLASS_SCANS,
    CLASS_FILES,
    CLASS_COUNT
};

/* What another service knows of the thing that was answered; it may be away. */
struct also {
    const char *service, *op, *lane;
    const char *member; /* of its answer, and of ours */
};
#define ALSO_MAX 4

struct request;
struct route {
    enum method method;
    const char *pattern; /* "/api/orders/:order_number"; a last segment "*" takes any rest */
    enum route_kind kind;
    enum route_class class;
    enum who who;
    enum token_need token;
    size_t body;                       /* largest body in bytes; 0: none is accepted */
    bool per_phone;                    /* also limited by the body's customer_phone */
    const char *query;                 /* parameters allowed, joined by ','; NULL: ignored (not an API call) */
    const char *service, *op, *lane;   /* of what calls a service; NULL: the gateway alone answers */
    const char *header, *header_param; /* KIND_CALL: a request header that travels as this parameter */
    const char *format;      /* KIND_CALL: "svg" …, what a good answer is; travels as `format`. NULL: JSON */
    const struct also *also; /* KIND_CALL: up to ALSO_MAX, ended by {0} … */
    const char *also_by; /* … asked by this member of the first answer, which travels as a parameter of its name */
    /* KIND_FILE: path below DOCS_ROOT, KIND_SNAPSHOT: document; ':' is the path's parameter. KIND_EVENTS: name of the events.
     * KIND_EXPORT: name of the file. */
    const char *source;
    void (*own)(struct request *req); /* KIND_OWN */
    const char *cache;                /* Cache-Control; NULL: no-store */
};

/* Literal segments stand before parameters, parameters before "*": the first pattern that fits owns the path, and all rows of a
 * pattern stand together. */
extern const struct route route_table[];
extern const size_t route_count;
/* For people: method, path, who may, what answers. */
struct daemon_spec;
void routes_print(const struct daemon_spec *spec);
