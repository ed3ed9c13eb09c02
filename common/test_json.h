/* What the tests of json share: a text is opened, its faults are looked at. */
#pragma once
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "test_arena.h"
#include "timeutil.h"

static struct json_faults faults;
static struct json_in in;

/* ASan sees reads beyond the text: it lives in a block of exactly its size. */
static enum status open_n(struct arena *a, const char *text, size_t len) {
    char *copy = malloc(len == 0 ? 1 : len);
    memcpy(copy, text, len);
    faults = (struct json_faults){0};
    enum status st = json_open(&in, a, &faults, copy, len, false);
    free(copy);
    return st;
}

static enum status open_text(struct arena *a, const char *text) { return open_n(a, text, strlen(text)); }

static void assert_fault(const char *field, enum json_fault fault) {
    for (size_t i = 0; i < faults.n; i++)
        if (strcmp(faults.item[i].field, field) == 0) {
            assert_int_equal(faults.item[i].fault, fault);
            return;
        }
    fail_msg("no fault at '%s' (%zu faults, first '%s')", field, faults.n, faults.n > 0 ? faults.item[0].field : "");
}
