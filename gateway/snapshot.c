/* snapshot - GET of the catalogue: one look-up in memory, one write. */
#include <stdio.h>
#include <string.h>
#include "common/arena.h"
#include "common/timeutil.h"
#include "catalogue.h"
#include "checks.h"
#include "gateway.h"

#define KEY_TEXT 256

static void fault(struct request *r, const char *field, enum json_fault what) {
    r->faults.item[r->faults.n].field = field;
    r->faults.item[r->faults.n++].fault = what;
}

/* slots/{code}/{date} or days/{code}/{month}: exactly one of the two is asked for. */
static enum status slot_key(struct request *r, const char *code, char out[KEY_TEXT]) {
    const char *date = query_get(&r->query, "date"), *month = query_get(&r->query, "month");
    char first[16];
    int32_t day;
    if ((date == NULL) == (month == NULL)) {
        fault(r, "date", date == NULL ? BAD_MISSING : BAD_DUPLICATE);
        return ST_VALIDATION_FAILED;
    }
    int n = date != NULL ? snprintf(first, sizeof first, "%s", date) : snprintf(first, sizeof first, "%s-01", month);
    if (n != 10 || !date_parse(first, &day)) {
        fault(r, date != NULL ? "date" : "month", BAD_FORMAT);
        return ST_VALIDATION_FAILED;
    }
    snprintf(out, KEY_TEXT, "%s/%s/%s", date != NULL ? "slots" : "days", code, date != NULL ? date : month);
    return ST_OK;
}

static enum status doc_key(struct request *r, char out[KEY_TEXT]) {
    const char *source = r->route->source, *code = r->match.n_params > 0 ? r->match.params[0].value : "";
    if (*r->route->query != '\0') return slot_key(r, code, out);
    snprintf(out, KEY_TEXT, "%.*s%s", (int)strcspn(source, ":"), source, code);
    return ST_OK;
}

/* Exhibitions without slots have no such documents. */
static const char *empty_answer(struct request *r) {
    if (*r->route->query == '\0') return NULL;
    char key[KEY_TEXT];
    snprintf(key, sizeof key, "exhibition/%s", r->match.params[0].value);
    const struct doc *exhibition = catalogue_get(r->gw->catalogue, key);
    if (exhibition == NULL) return NULL;
    doc_release(exhibition);
    return query_get(&r->query, "date") != NULL ? "{\"slots\":[]}" : "{\"days\":[]}";
}

/* The server's clock belongs to the answer, not to the document. */
static const char *with_clock(struct request *r, const struct doc *d) {
    char now[RFC3339_LEN + 1];
    char *copy = arena_alloc(r->http->arena, d->len);
    if (copy == NULL) return d->body;
    memcpy(copy, d->body, d->len);
    time_rfc3339(time_now_ms(), now);
    memcpy(copy + d->len - CLOCK_TAIL, now, RFC3339_LEN);
    return copy;
}

static void answer_doc(struct request *r, const struct doc *d) {
    header_add(r, "ETag", d->etag);
    if (etag_matches(http_header(r->http, "If-None-Match"), d->etag))
        answer(r, 304, NULL, "", 0);
    else
        answer(r, 200, "application/json", d->clocked ? with_clock(r, d) : d->body, d->len);
}

void serve_snapshot(struct request *r) {
    char key[KEY_TEXT];
    enum status st = doc_key(r, key);
    if (st != ST_OK) {
        refuse(r, st);
        return;
    }
    const struct doc *d = catalogue_get(r->gw->catalogue, key);
    const char *empty = d == NULL ? empty_answer(r) : NULL;
    if (d != NULL)
        answer_doc(r, d);
    else if (empty != NULL)
        answer(r, 200, "application/json", empty, strlen(empty));
    else
        refuse(r, catalogue_loaded(r->gw->catalogue) ? ST_NOT_FOUND : ST_BUSY);
    doc_release(d);
}
