/* wire - carries the calls to one provider: its address, connections, figures and log lines. Shared by all threads; each call
 * in flight has a connection of its own. */
#pragma once
#include "common/http_client.h"
#include "provider.h"

struct wire;

enum wire_kind { WIRE_SUBMIT, WIRE_LOOK_UP, WIRE_FEED, WIRE_STORED, WIRE_TEMPLATE, WIRE_TOKEN, WIRE_KINDS };

struct wire_call {
    enum wire_kind kind;
    const char *method;
    const char *path; /* behind the base address; NULL: could not be written, nothing is sent */
    const char *const *headers;
    size_t n_headers;
    const char *body;  /* NULL: none */
    const char *about; /* what it concerns, for the log: an own id, a template's code; never a secret or a phone */
    int timeout_ms;    /* 0: the provider's */
};

/* NULL when out of memory. `conf` must outlive it. */
struct wire *wire_open(const char *provider, const struct provider_conf *conf);
void wire_close(struct wire **w);
/* Instant (time_mono_ms) at which a call that begins now, with all that belongs to it, has to be over; and what is left until one,
 * as the timeout_ms of a call: at least 1. */
int64_t wire_until_ms(const struct wire *w);
int wire_remaining_ms(int64_t until_ms);
void wire_send(struct wire *w, struct arena *a, const struct wire_call *call, struct http_reply *reply);
/* The line about a call that has been sent and judged; `code`: the provider's or ours, NULL: nothing went wrong. */
void wire_log(struct wire *w, const struct wire_call *call, const struct http_reply *reply, const char *code);

/* What a reply means for a message in a submit as long as its body need not be read: there is no answer, or it is from a server in
 * trouble (5xx: it may have taken the message all the same) or refuses at the door (429). */
struct trouble {
    const char *code; /* NULL: none, the body tells more */
    enum result result;
};
struct trouble wire_trouble(struct arena *a, const struct http_reply *reply);
/* "HTTP_404". */
const char *wire_status_word(struct arena *a, int status);
