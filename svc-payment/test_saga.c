#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "saga.h"

/* ---- when a failed step is tried again ---- */

static void waits_grow_and_stay(void **state) {
    static const int64_t waits_ms[] = {2000, 5000, 15000, 60000, 60000, 60000};
    (void)state;
    for (int64_t tries = 0; tries < (int64_t)(sizeof waits_ms / sizeof *waits_ms); tries++)
        assert_int_equal(saga_retry_ms(1000, tries, 0), 1000 + waits_ms[tries]);
    assert_int_equal(saga_retry_ms(0, INT64_MAX, 0), 60000);
    assert_int_equal(saga_retry_ms(0, -1, 0), 2000);
}

static void waits_spread_by_an_eighth(void **state) {
    (void)state;
    int64_t most = 0;
    for (uint32_t chance = 0; chance < 1000; chance++) {
        int64_t wait = saga_retry_ms(0, 3, chance);
        assert_in_range(wait, 60000, 60000 + 60000 / 8);
        most = wait > most ? wait : most;
    }
    assert_true(most > 60000 + 60000 / 10);
    assert_in_range(saga_retry_ms(0, 0, UINT32_MAX), 2000, 2250);
}

static void stuck_waits_an_hour(void **state) {
    struct saga row = {.state = "sent"};
    struct saga_move later, stuck, rest;
    (void)state;
    saga_later(&row, &later);
    saga_stuck(&row, &stuck);
    saga_rest(&rest, "paid");
    assert_string_equal(later.to, "sent");
    assert_string_equal(stuck.to, "sent");
    assert_false(later.rest || stuck.rest);
    assert_in_range(stuck.due_ms - later.due_ms, 3500 * 1000, 3600 * 1000);
    assert_string_equal(rest.to, "paid");
    assert_true(rest.rest);
}

/* ---- the tables of C and SQL ---- */

#define MOVES_MAX 128
struct move {
    char saga[STATE_MAX], from[STATE_MAX], to[STATE_MAX];
};

/* The next quoted word of a line, at most STATE_MAX - 1 long; NULL: there is none. */
static const char *next_word(const char *at, char out[STATE_MAX]) {
    const char *begin = strchr(at, '\''), *end = begin == NULL ? NULL : strchr(begin + 1, '\'');
    if (end == NULL || end - begin > STATE_MAX) return NULL;
    memcpy(out, begin + 1, (size_t)(end - begin - 1));
    out[end - begin - 1] = '\0';
    return end + 1;
}

/* The rows of INSERT INTO moves. */
static size_t read_moves(struct move *moves) {
    FILE *f = fopen("migrations/007_payment.sql", "r");
    char line[512];
    size_t n = 0;
    int inside = 0;
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL) {
        if (strncmp(line, "INSERT INTO moves", 17) == 0) {
            inside = 1;
        } else if (inside && strncmp(line, "    (", 5) == 0) {
            assert_true(n < MOVES_MAX);
            const char *at = next_word(line, moves[n].saga);
            at = at == NULL ? NULL : next_word(at, moves[n].from);
            assert_non_null(at == NULL ? NULL : next_word(at, moves[n].to));
            n++;
        } else {
            inside = 0;
        }
    }
    fclose(f);
    return n;
}

static enum saga_kind kind_of(const char *name) { return strcmp(name, "attempt") == 0 ? SAGA_ATTEMPT : SAGA_REFUND; }

static void every_state_has_a_step_or_is_an_end(void **state) {
    static const char *const ends[] = {"done", "rejected", "dropped"};
    static struct move moves[MOVES_MAX];
    (void)state;
    size_t n = read_moves(moves);
    assert_true(n > 30);
    for (size_t i = 0; i < n; i++) {
        assert_non_null(saga_step_of(kind_of(moves[i].saga), moves[i].from));
        int end = 0;
        for (size_t j = 0; j < sizeof ends / sizeof *ends; j++) end |= strcmp(moves[i].to, ends[j]) == 0;
        if (!end && saga_step_of(kind_of(moves[i].saga), moves[i].to) == NULL)
            fail_msg("%s %s has no step", moves[i].saga, moves[i].to);
    }
}

static void every_step_is_of_a_state(void **state) {
    static struct move moves[MOVES_MAX];
    (void)state;
    size_t n = read_moves(moves);
    for (int kind = 0; kind < SAGA_KINDS; kind++) {
        for (size_t i = 0; i < saga_steps[kind].n; i++) {
            const struct saga_step *step = &saga_steps[kind].step[i];
            int known = 0;
            for (size_t j = 0; j < n; j++)
                known |= kind_of(moves[j].saga) == (enum saga_kind)kind &&
                         (strcmp(moves[j].from, step->state) == 0 || strcmp(moves[j].to, step->state) == 0);
            if (!known) fail_msg("%s %s is in no move", saga_kind_name((enum saga_kind)kind), step->state);
            assert_true(strlen(step->state) < STATE_MAX);
            assert_ptr_equal(saga_step_of((enum saga_kind)kind, step->state), step);
        }
    }
    assert_null(saga_step_of(SAGA_ATTEMPT, "nowhere"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_grow_and_stay),      cmocka_unit_test(waits_spread_by_an_eighth),
        cmocka_unit_test(stuck_waits_an_hour),      cmocka_unit_test(every_state_has_a_step_or_is_an_end),
        cmocka_unit_test(every_step_is_of_a_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
