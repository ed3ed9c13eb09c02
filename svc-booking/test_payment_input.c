#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/arena.h"
#include "payment_input.h"

static struct arena *arena;
static struct json_faults faults;
static struct payment_input input;

static int setup(void **state) {
    (void)state;
    arena = arena_new(1 << 20);
    return arena == NULL;
}

static int teardown(void **state) {
    (void)state;
    arena_free(&arena);
    return 0;
}

static enum status parse(const char *body, unsigned required, unsigned optional) {
    faults = (struct json_faults){.n = 0};
    return payment_input_parse(arena, body, strlen(body), required, optional, &input, &faults);
}

static void refuses(const char *body, unsigned required, unsigned optional, const char *field, enum json_fault fault) {
    assert_int_equal(parse(body, required, optional), ST_VALIDATION_FAILED);
    assert_int_equal(faults.n, 1);
    assert_string_equal(faults.item[0].field, field);
    assert_int_equal(faults.item[0].fault, fault);
}

static void every_field_is_read(void **state) {
    (void)state;
    static const char body[] =
        "{\"attempt_id\":\"a\",\"order_number\":\"o\",\"amount\":0,\"payment_method\":\"m\",\"payment_key\":\"k\","
        "\"reason\":\"r\",\"due\":\"2026-11-23T09:00:00+09:00\",\"reverses\":\"b\",\"tickets\":[3,1],"
        "\"payment_status\":\"refunded\",\"cancelled\":true,\"refund_id\":\"f\",\"not_entered\":true,\"order_id\":7,"
        "\"up\":true}";
    assert_int_equal(parse(body, (PF_UP << 1) - 1, 0), ST_OK);
    assert_string_equal(input.attempt_id, "a");
    assert_string_equal(input.order_number, "o");
    assert_int_equal(input.amount, 0);
    assert_string_equal(input.payment_method, "m");
    assert_string_equal(input.payment_key, "k");
    assert_string_equal(input.reason, "r");
    assert_int_equal(input.due_ms, INT64_C(1795392000000));
    assert_string_equal(input.reverses, "b");
    assert_int_equal(input.n_tickets, 2);
    assert_int_equal(input.tickets[0], 3);
    assert_int_equal(input.tickets[1], 1);
    assert_string_equal(input.payment_status, "refunded");
    assert_true(input.cancelled);
    assert_string_equal(input.refund_id, "f");
    assert_true(input.not_entered);
    assert_int_equal(input.order_id, 7);
    assert_true(input.up);
}

static void optional_fields_may_be_absent(void **state) {
    (void)state;
    assert_int_equal(parse("{\"attempt_id\":\"a\"}", PF_ATTEMPT, PF_DUE | PF_REVERSES | PF_CANCELLED | PF_TICKETS),
                     ST_OK);
    assert_null(input.reverses);
    assert_int_equal(input.due_ms, 0);
    assert_int_equal(input.n_tickets, 0);
    assert_false(input.cancelled);
}

static void what_the_op_does_not_have_is_refused(void **state) {
    (void)state;
    refuses("{\"attempt_id\":\"a\",\"reason\":\"r\"}", PF_ATTEMPT, 0, "reason", BAD_UNKNOWN);
    refuses("{}", PF_REFUND, 0, "refund_id", BAD_MISSING);
    assert_int_equal(parse("", PF_REFUND, 0), ST_MALFORMED_JSON);
    assert_int_equal(parse("{", PF_REFUND, 0), ST_MALFORMED_JSON);
}

static void limits(void **state) {
    (void)state;
    static const char sixty_five[] =
        "{\"refund_id\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}";
    refuses("{\"amount\":-1}", PF_AMOUNT, 0, "amount", BAD_RANGE);
    refuses("{\"amount\":\"1\"}", PF_AMOUNT, 0, "amount", BAD_TYPE);
    refuses("{\"order_id\":0}", PF_ORDER_ID, 0, "order_id", BAD_RANGE);
    refuses("{\"due\":\"tomorrow\"}", PF_DUE, 0, "due", BAD_FORMAT);
    refuses("{\"up\":1}", PF_UP, 0, "up", BAD_TYPE);
    refuses("{\"reason\":\"\"}", PF_REASON, 0, "reason", BAD_LENGTH);
    refuses(sixty_five, PF_REFUND, 0, "refund_id", BAD_LENGTH);
}

static void a_release_says_what_became_of_the_money(void **state) {
    (void)state;
    assert_int_equal(parse("{\"payment_status\":\"partially_refunded\"}", PF_PAYMENT_STATUS, 0), ST_OK);
    refuses("{\"payment_status\":\"refunding\"}", PF_PAYMENT_STATUS, 0, "payment_status", BAD_FORMAT);
}

static void no_tickets_only_when_somebody_may_be_inside(void **state) {
    (void)state;
    refuses("{\"tickets\":[]}", PF_TICKETS, PF_NOT_ENTERED, "tickets", BAD_LENGTH);
    assert_int_equal(parse("{\"tickets\":[],\"not_entered\":true}", PF_TICKETS, PF_NOT_ENTERED), ST_OK);
    refuses("{\"tickets\":[0]}", PF_TICKETS, 0, "tickets[0]", BAD_RANGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_read),
        cmocka_unit_test(optional_fields_may_be_absent),
        cmocka_unit_test(what_the_op_does_not_have_is_refused),
        cmocka_unit_test(limits),
        cmocka_unit_test(a_release_says_what_became_of_the_money),
        cmocka_unit_test(no_tickets_only_when_somebody_may_be_inside),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
