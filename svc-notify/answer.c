#include "answer.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"

enum { TEXT_MAX = 4000, WORD_MAX = 100, ROWS_MAX = 2000 };

/* 1,000 rows of 30 fields are the longest answer there is; twice that leaves room for new fields. */
static const struct json_limits limits = {.values = 60000, .members = 256};

bool answer_open(struct json_in *in, struct arena *a, const char *text, size_t len) {
    struct json_faults *ignored = arena_alloc(a, sizeof *ignored);
    return ignored != NULL && json_open_within(in, a, ignored, text, len, &limits) == ST_OK;
}

const char *answer_text(struct json_in *in, const char *field) {
    return json_text(in, field, 1, TEXT_MAX, JSON_OPTIONAL);
}

/* A view of its own tells a number that is not there from one that is 0. */
static bool number(struct json_in *in, const char *field, int64_t *value) {
    struct json_faults faults = {0};
    struct json_in view = *in;
    view.faults = &faults;
    *value = json_int(&view, field, INT64_MIN, INT64_MAX, JSON_REQUIRED);
    return faults.n == 0;
}

const char *answer_word(struct json_in *in, const char *field) {
    int64_t n;
    if (number(in, field, &n)) return arena_printf(in->arena, "%lld", (long long)n);
    return json_text(in, field, 1, WORD_MAX, JSON_OPTIONAL);
}

bool answer_int(struct json_in *in, const char *field, int *value) {
    int64_t n;
    if (!number(in, field, &n)) {
        const char *text = json_text(in, field, 1, 11, JSON_OPTIONAL);
        char *end = NULL;
        n = text == NULL ? 0 : strtoll(text, &end, 10);
        if (text == NULL || strspn(text, "-0123456789") != strlen(text) || *end != '\0') return false;
    }
    *value = (int)n;
    return n >= INT_MIN && n <= INT_MAX;
}

size_t answer_rows(struct json_in *in, const char *field) { return json_array(in, field, 0, ROWS_MAX, JSON_OPTIONAL); }
