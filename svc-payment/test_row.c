#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "columns.h"
#include "common/arena.h"

static const struct row_table *const attempts = &row_tables[SAGA_ATTEMPT];
static const struct row_table *const refunds = &row_tables[SAGA_REFUND];

static struct arena *arena;
static int open_arena(void **state) {
    (void)state;
    arena = arena_new(1024 * 1024);
    return arena == NULL;
}
static int close_arena(void **state) {
    (void)state;
    arena_free(&arena);
    return 0;
}

static void a_copy_has_texts_of_its_own(void **state) {
    char key[] = "key", order[] = "ORD1";
    const struct attempt at = {.saga = {.kind = SAGA_ATTEMPT, .id = 7, .version = 3, .state = "ready"},
                               .payment_key = key,
                               .order_number = order,
                               .amount = 1000};
    (void)state;
    const struct attempt *copy = (const void *)row_copy(attempts, arena, &at.saga);
    memset(key, 'x', 3);
    memset(order, 'x', 4);
    assert_string_equal(copy->payment_key, "key");
    assert_string_equal(copy->order_number, "ORD1");
    assert_null(copy->checkout_url);
    assert_int_equal(copy->saga.id, 7);
    assert_int_equal(copy->amount, 1000);
    assert_string_equal(copy->saga.state, "ready");
    assert_string_equal(row_changes(attempts, arena, &copy->saga), "{}");
}

static void only_what_differs_is_saved(void **state) {
    const struct attempt old = {
        .saga = {.kind = SAGA_ATTEMPT}, .payment_key = "key", .failure_code = "GONE", .balance = 5};
    (void)state;
    struct attempt *at = (void *)row_copy(attempts, arena, &old.saga);
    at->payment_key = arena_strdup(arena, "key"); /* another place, the same text */
    at->order_number = "not a move's to change";
    assert_string_equal(row_changes(attempts, arena, &at->saga), "{}");
    at->failure_code = NULL;
    at->balance = 0;
    at->cancelled = true;
    at->method = "\"card\"";
    assert_string_equal(row_changes(attempts, arena, &at->saga),
                        "{\"method\":\"\\\"card\\\"\",\"balance\":0,\"failure_code\":null,\"cancelled\":true}");
    row_stored(attempts, &at->saga);
    assert_string_equal(row_changes(attempts, arena, &at->saga), "{}");
    at->confirmed_ms = 1000;
    assert_string_equal(row_changes(attempts, arena, &at->saga),
                        "{\"confirmed_at\":\"1970-01-01T09:00:01.000+09:00\"}");
}

static void lists_ids_and_json(void **state) {
    int64_t tickets[] = {3, 1, 2};
    const struct refund old = {.saga = {.kind = SAGA_REFUND}, .tickets = tickets, .n_tickets = 3, .attempt = 9};
    (void)state;
    struct refund *r = (void *)row_copy(refunds, arena, &old.saga);
    tickets[0] = 99;
    assert_int_equal(r->tickets[0], 3);
    assert_string_equal(row_changes(refunds, arena, &r->saga), "{}");
    r->attempt = 0;
    r->n_tickets = 2;
    r->policy_step = "{\"days_before\":7}";
    assert_string_equal(row_changes(refunds, arena, &r->saga),
                        "{\"attempt\":null,\"tickets\":[3,1],\"policy_step\":{\"days_before\":7}}");
}

static void memory_that_is_short_is_told(void **state) {
    struct arena *small = arena_new(64);
    const struct attempt at = {.saga = {.kind = SAGA_ATTEMPT}};
    (void)state;
    assert_null(row_copy(attempts, small, &at.saga));
    arena_free(&small);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_copy_has_texts_of_its_own, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(only_what_differs_is_saved, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(lists_ids_and_json, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(memory_that_is_short_is_told, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
