#include "row.h"
#include <stdlib.h>
#include <string.h>
#include "common/arena.h"
#include "common/db.h"
#include "common/json.h"

#define CHANGES_MAX 65536
#define FIRST_COLUMN 1 /* behind id */

struct ints { /* as it stands in a row's struct */
    const int64_t *v;
    size_t n;
};

static const void *place(const struct saga *row, const struct row_column *c) {
    return (const char *)(const void *)row + c->offset;
}

static const char *text_at(const struct saga *row, const struct row_column *c) {
    return *(const char *const *)place(row, c);
}

static int64_t int_at(const struct saga *row, const struct row_column *c) { return *(const int64_t *)place(row, c); }

/* ---- reading ---- */

/* "1 2 3" */
static bool read_ints(struct arena *a, const char *text, struct ints *out) {
    size_t n = *text != '\0';
    for (const char *at = text; *at != '\0'; at++) n += *at == ' ';
    int64_t *v = arena_alloc(a, n * sizeof *v);
    if (v == NULL) return false;
    char *at = (char *)(uintptr_t)text;
    for (size_t i = 0; i < n; i++) v[i] = strtoll(at, &at, 10);
    *out = (struct ints){v, n};
    return true;
}

static bool read_text(struct arena *a, const char *text, void *to) {
    const char *copy = arena_strdup(a, text);
    memcpy(to, &copy, sizeof copy);
    return copy != NULL;
}

static bool read_value(const struct row_column *c, struct arena *a, const struct db_res *res, int row, int col,
                       void *to) {
    const char *text = db_text(res, row, col);
    bool null = db_null(res, row, col);
    switch (c->type) {
    case ROW_TEXT:
    case ROW_JSON: return null || read_text(a, text, to);
    case ROW_INT:
    case ROW_ID:
    case ROW_TIME: *(int64_t *)to = db_int(res, row, col); return true;
    case ROW_BOOL: *(bool *)to = db_bool(res, row, col); return true;
    case ROW_INTS: return read_ints(a, text, to);
    case ROW_STATE: {
        size_t n = strlen(text);
        if (n >= STATE_MAX) return false;
        memcpy(to, text, n + 1);
        return true;
    }
    }
    return false;
}

/* A new struct with room for what the database has behind it. */
static struct saga *row_new(const struct row_table *t, struct arena *a) {
    struct saga *row = arena_alloc(a, t->size);
    void *stored = arena_alloc(a, t->size);
    if (row == NULL || stored == NULL) return NULL;
    row->kind = t->kind;
    row->stored = stored;
    return row;
}

struct saga *row_read(const struct row_table *t, struct arena *a, const struct db_res *res, int row) {
    struct saga *out = row_new(t, a);
    if (out == NULL) return NULL;
    out->id = db_int(res, row, 0);
    for (size_t i = 0; i < t->n; i++) {
        const struct row_column *c = &t->columns[i];
        if (!read_value(c, a, res, row, FIRST_COLUMN + (int)i, (char *)(void *)out + c->offset)) return NULL;
    }
    row_stored(t, out);
    return out;
}

struct saga *row_copy(const struct row_table *t, struct arena *a, const struct saga *row) {
    struct saga *copy = row_new(t, a);
    if (copy == NULL) return NULL;
    void *stored = copy->stored;
    memcpy(copy, row, t->size);
    copy->stored = stored;
    for (size_t i = 0; i < t->n; i++) {
        const struct row_column *c = &t->columns[i];
        char *to = (char *)(void *)copy + c->offset;
        if ((c->type == ROW_TEXT || c->type == ROW_JSON) && text_at(row, c) != NULL) {
            if (!read_text(a, text_at(row, c), to)) return NULL;
        } else if (c->type == ROW_INTS) {
            struct ints *ints = (void *)to;
            int64_t *v = arena_alloc(a, ints->n * sizeof *v);
            if (v == NULL) return NULL;
            if (ints->n > 0) memcpy(v, ints->v, ints->n * sizeof *v);
            ints->v = v;
        }
    }
    row_stored(t, copy);
    return copy;
}

void row_stored(const struct row_table *t, struct saga *row) { memcpy(row->stored, row, t->size); }

/* ---- what a move saves ---- */

static bool same_text(const char *x, const char *y) { return x == y || (x != NULL && y != NULL && strcmp(x, y) == 0); }

static bool same(const struct row_column *c, const struct saga *x, const struct saga *y) {
    switch (c->type) {
    case ROW_TEXT:
    case ROW_JSON: return same_text(text_at(x, c), text_at(y, c));
    case ROW_INT:
    case ROW_ID:
    case ROW_TIME: return int_at(x, c) == int_at(y, c);
    case ROW_BOOL: return *(const bool *)place(x, c) == *(const bool *)place(y, c);
    case ROW_STATE: return strcmp(place(x, c), place(y, c)) == 0;
    case ROW_INTS: {
        const struct ints *p = place(x, c), *q = place(y, c);
        return p->n == q->n && (p->v == q->v || memcmp(p->v, q->v, p->n * sizeof *p->v) == 0);
    }
    }
    return false;
}

static void write_ints(struct json_out *json, const char *name, const struct ints *ints) {
    json_put_ints(json, name, ints->v, ints->n);
}

static void write_value(struct json_out *json, const struct saga *row, const struct row_column *c) {
    switch (c->type) {
    case ROW_TEXT: json_put_text(json, c->name, text_at(row, c)); break;
    case ROW_STATE: json_put_text(json, c->name, place(row, c)); break;
    case ROW_INT: json_put_int(json, c->name, int_at(row, c)); break;
    case ROW_ID:
        if (int_at(row, c) == 0)
            json_put_null(json, c->name);
        else
            json_put_int(json, c->name, int_at(row, c));
        break;
    case ROW_TIME: json_put_time(json, c->name, int_at(row, c)); break;
    case ROW_BOOL: json_put_bool(json, c->name, *(const bool *)place(row, c)); break;
    case ROW_INTS: write_ints(json, c->name, place(row, c)); break;
    case ROW_JSON:
        if (text_at(row, c) == NULL)
            json_put_null(json, c->name);
        else
            json_put_raw(json, c->name, text_at(row, c));
        break;
    }
}

const char *row_changes(const struct row_table *t, struct arena *a, const struct saga *row) {
    struct strbuf b;
    struct json_out json = {.b = &b};
    strbuf_init(&b, a, CHANGES_MAX);
    json_obj(&json, NULL);
    for (size_t i = 0; i < t->n; i++) {
        const struct row_column *c = &t->columns[i];
        if (c->saved && !same(c, row, row->stored)) write_value(&json, row, c);
    }
    json_obj_end(&json);
    return strbuf_ok(&b) ? b.data : NULL;
}
