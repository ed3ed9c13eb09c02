/* For tests that need memory: an arena as the state of a test, or of a whole group. */
#pragma once
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "arena.h"

enum { ARENA_MAX = 32 << 20 };

static int make_arena(void **state) {
    struct arena *a = arena_new(ARENA_MAX);
    *state = a;
    return a == NULL;
}

static int drop_arena(void **state) {
    struct arena *a = *state;
    arena_free(&a);
    return 0;
}
