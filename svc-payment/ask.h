/* ask - svc-payment's calls to other services: one body, one answer, one judgement of what came of it. Every call may be repeated. */
#pragma once
#include "common/bus.h"
#include "common/json.h"

struct arena;
struct payment;

struct ask { /* a call being written; texts must outlive it */
    const char *service, *op, *lane, *request_id, *key;
    int64_t wait_ms;
    struct strbuf body;
    struct json_out json; /* members of the body go here */
};

#define ASK_NUMBER_MAX (INT64_C(1) << 53)

/* Key and request id are the same: the name of what the call is about. */
void ask_begin(struct ask *ask, struct arena *a, const char *service, const char *op, const char *lane,
               const char *request_id);

/* Sends it. `read` (or NULL) takes from an ST_OK's answer what the caller wants; it notes what is wrong with it. ST_BUSY and
 * ST_OUTCOME_UNKNOWN mean "later again", also after an answer that cannot be read; anything else is the other service's word. */
typedef void (*ask_reader)(struct json_in *in, void *arg);
enum status ask_send(struct payment *p, struct arena *a, struct ask *ask, ask_reader read, void *arg);
