#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "db.h"
#include "timeutil.h"

#define INT64_TEXT 21 /* "-9223372036854775808" and NUL */

/* An argument that could not be built must never reach SQL as NULL: db_exec() refuses a list marked like this. */
static void push(struct db_args *a, const char *v, bool built) {
    if (a->n >= DB_MAX_ARGS || !built) {
        a->n = DB_MAX_ARGS + 1;
        return;
    }
    a->v[a->n++] = v;
}

void db_arg_text(struct db_args *a, const char *s) { push(a, s, true); }

void db_arg_null(struct db_args *a) { push(a, NULL, true); }

void db_arg_int(struct db_args *a, int64_t v) {
    char *text = arena_alloc(a->arena, INT64_TEXT);
    if (text) snprintf(text, INT64_TEXT, "%" PRId64, v);
    push(a, text, text != NULL);
}

void db_arg_bool(struct db_args *a, bool v) { push(a, v ? "t" : "f", true); }

void db_arg_time(struct db_args *a, int64_t ms) {
    if (ms == 0) {
        db_arg_null(a);
        return;
    }
    char *text = arena_alloc(a->arena, RFC3339_LEN + 1);
    if (text) time_rfc3339(ms, text);
    push(a, text, text != NULL);
}

void db_arg_ints(struct db_args *a, const int64_t *v, size_t n) {
    size_t cap = n * INT64_TEXT + 3;
    char *text = arena_alloc(a->arena, cap);
    if (text) {
        size_t len = 0;
        text[len++] = '{';
        for (size_t i = 0; i < n; i++)
            len += (size_t)snprintf(text + len, cap - len, i ? ",%" PRId64 : "%" PRId64, v[i]);
        text[len++] = '}';
        text[len] = '\0';
    }
    push(a, text, text != NULL);
}

/* Writes one array member in quotes and returns the end. */
static char *put_quoted(char *to, const char *s) {
    *to++ = '"';
    for (; *s; s++) {
        if (*s == '"' || *s == '\\') *to++ = '\\';
        *to++ = *s;
    }
    *to++ = '"';
    return to;
}

void db_arg_texts(struct db_args *a, const char *const *v, size_t n) {
    size_t cap = 3;
    for (size_t i = 0; i < n; i++) cap += v[i] ? 2 * strlen(v[i]) + 3 : sizeof "NULL,";
    char *text = arena_alloc(a->arena, cap);
    if (text) {
        char *to = text;
        *to++ = '{';
        for (size_t i = 0; i < n; i++) {
            if (i) *to++ = ',';
            to = v[i] ? put_quoted(to, v[i]) : (char *)memcpy(to, "NULL", 4) + 4;
        }
        *to++ = '}';
        *to = '\0';
    }
    push(a, text, text != NULL);
}
