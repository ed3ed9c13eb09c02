/* toss_wire - carries calls to Toss: address, authorization, connections and circuits. Shared by all threads; each call
 * in flight has a connection of its own, kept for later ones. */
#pragma once
#include <stdbool.h>
#include "common/http_client.h"
#include "provider.h"
#include "toss.h"
#include "toss_codes.h"

struct toss_wire;

/* One HTTP request. A POST must have a key: it may be sent twice (see http_client.h). */
struct toss_request {
    enum toss_call call;
    const char *url;  /* NULL: the wish could not be put into a call */
    const char *body; /* NULL: a GET */
    const char *key;
};

struct toss_wire *toss_wire_open(const struct toss_conf *conf);
void toss_wire_close(struct toss_wire **w);
/* Address before /v1. */
const char *toss_wire_base(const struct toss_wire *w);
/* True: answered, with any status. False: *r says how it ended. */
bool toss_wire_send(struct toss_wire *w, struct arena *a, const struct toss_request *q, struct http_reply *reply,
                    struct call_result *r);
/* Is the circuit of such calls closed? */
bool toss_wire_closed(struct toss_wire *w, enum toss_call call);
