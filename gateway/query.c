/* query - the query string of a call (router.h). */
#include <string.h>
#include "checks.h"
#include "escape.h"
#include "router.h"

void query_bad(struct json_faults *f, const char *field, enum json_fault fault) {
    if (f->n < JSON_MAX_FAULTS) {
        f->item[f->n].field = field;
        f->item[f->n++].fault = fault;
    }
}

/* One "name=value" into the text at *used. */
static void take_pair(struct query *q, size_t *used, const char *raw, size_t n, const char *allowed,
                      struct json_faults *faults) {
    const char *eq = memchr(raw, '=', n);
    size_t name_len = eq != NULL ? (size_t)(eq - raw) : n;
    char *name = q->text + *used;
    long len = unescape(raw, name_len, name, true);
    if (len < 0) {
        query_bad(faults, "query", BAD_FORMAT);
        return;
    }
    *used += (size_t)len + 1;
    if (!list_has(allowed, name)) {
        query_bad(faults, name, BAD_UNKNOWN);
        return;
    }
    if (query_get(q, name) != NULL || q->n == BUS_MAX_PARAMS) {
        query_bad(faults, name, BAD_DUPLICATE);
        return;
    }
    char *value = q->text + *used;
    len = eq != NULL ? unescape(eq + 1, n - name_len - 1, value, true) : 0;
    if (eq == NULL) value[0] = '\0';
    if (len < 0 || len > QUERY_VALUE_BYTES) {
        query_bad(faults, name, len < 0 ? BAD_FORMAT : BAD_LENGTH);
        return;
    }
    *used += (size_t)len + 1;
    q->item[q->n++] = (struct bus_param){.name = name, .value = value};
}

bool query_parse(struct query *q, const char *raw, const char *allowed, struct json_faults *faults) {
    size_t before = faults->n, used = 0;
    q->n = 0;
    if (strlen(raw) > QUERY_BYTES - BUS_MAX_PARAMS) {
        query_bad(faults, "query", BAD_LENGTH);
        return false;
    }
    while (*raw != '\0') {
        size_t len = strcspn(raw, "&");
        if (len > 0 && faults->n < JSON_MAX_FAULTS) take_pair(q, &used, raw, len, allowed, faults);
        raw += len + (raw[len] == '&');
    }
    return faults->n == before;
}

const char *query_get(const struct query *q, const char *name) {
    for (size_t i = 0; i < q->n; i++)
        if (strcmp(q->item[i].name, name) == 0) return q->item[i].value;
    return NULL;
}
