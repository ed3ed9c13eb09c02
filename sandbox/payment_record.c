/* payment_record - see payment_record.h. Layout: the struct, its texts one after the other, the code of its failure, then each
 * cancel with its reason. Pointers in the copied structs are only "was NULL" or "was not". */
#include "payment_record.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define TEXTS 7

static void texts_of(struct payment *p, const char **out[TEXTS]) {
    const char **const all[TEXTS] = {&p->order_name,   &p->success_url,    &p->fail_url, &p->customer_name,
                                     &p->customer_key, &p->customer_phone, &p->metadata};
    memcpy(out, all, sizeof all);
}

static size_t size_of(const char *text) { return text != NULL ? strlen(text) + 1 : 0; }

static char *put(char *at, const void *data, size_t n) {
    if (n > 0) memcpy(at, data, n);
    return at + n;
}

void *payment_record_make(const struct payment *p, size_t *len) {
    struct payment copy = *p;
    const char **text[TEXTS];
    const char *failure = p->failure != NULL ? p->failure->name : "";
    texts_of(&copy, text);
    *len = sizeof *p + size_of(failure);
    for (size_t i = 0; i < TEXTS; i++) *len += size_of(*text[i]);
    for (const struct cancel *c = p->cancels; c != NULL; c = c->next) *len += sizeof *c + size_of(c->reason);
    char *record = malloc(*len), *at = record;
    if (record == NULL) return NULL;
    at = put(at, p, sizeof *p);
    for (size_t i = 0; i < TEXTS; i++) at = put(at, *text[i], size_of(*text[i]));
    at = put(at, failure, size_of(failure));
    for (const struct cancel *c = p->cancels; c != NULL; c = c->next) {
        at = put(at, c, sizeof *c);
        at = put(at, c->reason, size_of(c->reason));
    }
    return record;
}

struct input {
    const char *at, *end;
};

/* NULL: no whole text is left. */
static const char *next_text(struct input *in) {
    const char *text = in->at, *nul = memchr(text, '\0', (size_t)(in->end - text));
    if (nul != NULL) in->at = nul + 1;
    return nul != NULL ? text : NULL;
}

static bool read_cancel(struct payment *p, struct input *in) {
    struct cancel fixed;
    if ((size_t)(in->end - in->at) < sizeof fixed) return false;
    memcpy(&fixed, in->at, sizeof fixed);
    in->at += sizeof fixed;
    const char *reason = next_text(in);
    struct cancel *c = reason != NULL ? calloc(1, sizeof *c + size_of(reason)) : NULL;
    if (c == NULL) return false;
    *c = fixed;
    memcpy(c->reason, reason, size_of(reason));
    c->next = NULL;
    *(p->last_cancel != NULL ? &p->last_cancel->next : &p->cancels) = c;
    p->last_cancel = c;
    return true;
}

/* `p` is a copy of the struct with room for its texts; everything it points to is read anew. */
static bool read_rest(struct payment *p, struct input *in) {
    const char **text[TEXTS];
    const char *const base = in->at;
    texts_of(p, text);
    for (size_t i = 0; i < TEXTS; i++) {
        const char *found = *text[i] != NULL ? next_text(in) : NULL;
        if (*text[i] != NULL && found == NULL) return false;
        *text[i] = found != NULL ? (const char *)(p + 1) + (found - base) : NULL;
    }
    memcpy(p + 1, base, (size_t)(in->at - base));
    const char *failure = next_text(in);
    if (failure == NULL) return false;
    p->failure = code_find(failure);
    for (size_t i = 0; i < p->n_cancels; i++)
        if (!read_cancel(p, in)) return false;
    return in->at == in->end;
}

struct payment *payment_record_read(const void *data, size_t len) {
    if (len < sizeof(struct payment)) return NULL;
    struct payment *p = malloc(len); /* struct and texts fit: the record holds both */
    if (p == NULL) return NULL;
    memcpy(p, data, sizeof *p);
    p->next_by_key = p->next_by_order = p->older = p->newer = NULL;
    p->cancels = p->last_cancel = NULL;
    struct input in = {(const char *)data + sizeof *p, (const char *)data + len};
    if (read_rest(p, &in)) return p;
    payment_free(p);
    return NULL;
}
