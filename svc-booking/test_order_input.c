#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "common/arena.h"
#include "order_input.h"

static struct arena *arena;
static struct json_faults faults;
static struct order_draft draft;

static int setup(void **state) {
    (void)state;
    arena = arena_new((size_t)1024 * 1024);
    return arena == NULL;
}

static int teardown(void **state) {
    (void)state;
    arena_free(&arena);
    return 0;
}

static enum status parse(const char *body) {
    memset(&faults, 0, sizeof faults);
    return order_input_parse(arena, body, strlen(body), &draft, &faults);
}

static bool noted(const char *field, enum json_fault fault) {
    for (size_t i = 0; i < faults.n; i++)
        if (strcmp(faults.item[i].field, field) == 0 && faults.item[i].fault == fault) return true;
    return false;
}

/* A right body with one member replaced or added. */
static const char *body_with(const char *items, const char *more) {
    return arena_printf(
        arena,
        "{\"exhibition_code\":\"aaa\",\"customer_name\":\"홍길동\",\"customer_phone\":\"010-1234-5678\","
        "\"items\":%s%s}",
        items, more);
}
#define ONE_LINE "[{\"product_id\":1,\"quantity\":2}]"

static void reads_everything(void **state) {
    (void)state;
    assert_int_equal(parse(body_with("[{\"product_id\":1,\"quantity\":2},{\"product_id\":7,\"quantity\":1}]",
                                     ",\"customer_email\":\"a@b.kr\",\"visit_date\":\"2026-12-24\",\"slot_id\":9")),
                     ST_OK);
    assert_string_equal(draft.exhibition_code, "aaa");
    assert_string_equal(draft.name, "홍길동");
    assert_string_equal(draft.phone, "01012345678");
    assert_string_equal(draft.email, "a@b.kr");
    assert_string_equal(draft.visit_date, "2026-12-24");
    assert_int_equal(draft.slot_id, 9);
    assert_int_equal(draft.n_lines, 2);
    assert_int_equal(draft.line[1].product_id, 7);
    assert_int_equal(draft.line[0].quantity, 2);
}

static void optional_members_may_be_absent_or_null(void **state) {
    (void)state;
    assert_int_equal(parse(body_with(ONE_LINE, "")), ST_OK);
    assert_null(draft.email);
    assert_null(draft.visit_date);
    assert_int_equal(draft.slot_id, 0);
    assert_int_equal(parse(body_with(ONE_LINE, ",\"customer_email\":null,\"visit_date\":null,\"slot_id\":null")),
                     ST_OK);
}

static void broken_text_is_not_json(void **state) {
    (void)state;
    assert_int_equal(parse(""), ST_MALFORMED_JSON);
    assert_int_equal(parse("{\"exhibition_code\":"), ST_MALFORMED_JSON);
}

static void missing_members_are_all_named(void **state) {
    (void)state;
    assert_int_equal(parse("{}"), ST_VALIDATION_FAILED);
    assert_int_equal(faults.n, 4);
    assert_true(noted("exhibition_code", BAD_MISSING));
    assert_true(noted("customer_name", BAD_MISSING));
    assert_true(noted("customer_phone", BAD_MISSING));
    assert_true(noted("items", BAD_MISSING));
}

static void bad_members(void **state) {
    (void)state;
    static const struct {
        const char *items, *more, *field;
        enum json_fault fault;
    } cases[] = {
        {"[{\"product_id\":1,\"quantity\":0}]", "", "items[0].quantity", BAD_RANGE},
        {"[{\"product_id\":1,\"quantity\":-1}]", "", "items[0].quantity", BAD_RANGE},
        {"[{\"product_id\":1,\"quantity\":1001}]", "", "items[0].quantity", BAD_RANGE},
        {"[{\"product_id\":1,\"quantity\":1.5}]", "", "items[0].quantity", BAD_TYPE},
        {"[{\"product_id\":\"1\",\"quantity\":1}]", "", "items[0].product_id", BAD_TYPE},
        {"[{\"product_id\":2147483648,\"quantity\":1}]", "", "items[0].product_id", BAD_RANGE},
        {"[{\"product_id\":1,\"quantity\":1,\"price\":1}]", "", "items[0].price", BAD_UNKNOWN},
        {"[{\"product_id\":1,\"quantity\":1},{\"product_id\":1,\"quantity\":1}]", "", "items[1].product_id",
         BAD_DUPLICATE},
        {"{}", "", "items", BAD_TYPE},
        {ONE_LINE, ",\"paid\":true", "paid", BAD_UNKNOWN},
        {ONE_LINE, ",\"visit_date\":\"2026-02-30\"", "visit_date", BAD_FORMAT},
        {ONE_LINE, ",\"customer_email\":\"a@b@c\"", "customer_email", BAD_FORMAT},
        {ONE_LINE, ",\"customer_email\":\"@b.kr\"", "customer_email", BAD_FORMAT},
        {ONE_LINE, ",\"slot_id\":0", "slot_id", BAD_RANGE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *body = body_with(cases[i].items, cases[i].more);
        assert_int_equal(parse(body), ST_VALIDATION_FAILED);
        if (faults.n != 1 || !noted(cases[i].field, cases[i].fault))
            fail_msg("%s: expected one fault at %s", body, cases[i].field);
    }
}

static void bad_phone(void **state) {
    (void)state;
    assert_int_equal(
        parse("{\"exhibition_code\":\"aaa\",\"customer_name\":\"x\",\"customer_phone\":\"12\",\"items\":" ONE_LINE "}"),
        ST_VALIDATION_FAILED);
    assert_true(noted("customer_phone", BAD_FORMAT));
}

static void too_many_lines(void **state) {
    (void)state;
    char items[4096] = "[";
    size_t len = 1;
    for (int i = 1; i <= ORDER_MAX_LINES; i++)
        len += (size_t)snprintf(items + len, sizeof items - len, "{\"product_id\":%d,\"quantity\":1}%s", i,
                                i < ORDER_MAX_LINES ? "," : "");
    snprintf(items + len, sizeof items - len, "]");
    assert_int_equal(parse(body_with(items, "")), ST_OK);
    assert_int_equal(draft.n_lines, ORDER_MAX_LINES);
    snprintf(items + len, sizeof items - len, ",{\"product_id\":99,\"quantity\":1}]");
    assert_int_equal(parse(body_with(items, "")), ST_VALIDATION_FAILED);
    assert_string_equal(faults.item[0].field, "items");
    assert_int_equal(parse(body_with("[]", "")), ST_VALIDATION_FAILED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_everything),
        cmocka_unit_test(optional_members_may_be_absent_or_null),
        cmocka_unit_test(broken_text_is_not_json),
        cmocka_unit_test(missing_members_are_all_named),
        cmocka_unit_test(bad_members),
        cmocka_unit_test(bad_phone),
        cmocka_unit_test(too_many_lines),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
