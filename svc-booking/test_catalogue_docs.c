#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "common/arena.h"
#include "catalogue_docs.h"
#include "slot_rule.h"
#include "common/timeutil.h"

enum { FIRST_DAY = 20000, LAST_DAY = 20010 };
#define NOON slot_instant(FIRST_DAY, 720)

static struct cat_pool pool_rows[] = {
    {.id = 1, .total = 100, .available = 50},
    {.id = 2, .total = 100, .available = 0},
    {.id = 3, .total = 10, .available = 1},
    {.id = 4, .total = 10, .available = 10},
};
static const struct cat_pools pools = {pool_rows, 4};

static struct cat_exhibition exhibition(struct cat_product *products, size_t n) {
    return (struct cat_exhibition){.id = 1,
                                   .code = "aaa",
                                   .name = "빛",
                                   .description = "",
                                   .venue = "홀",
                                   .accent_color = "#1f4e79",
                                   .image_url = "",
                                   .notices = "하나\n둘",
                                   .refund_policy = "[]",
                                   .start_day = FIRST_DAY,
                                   .end_day = LAST_DAY,
                                   .max_per_order = 10,
                                   .hold_seconds = 600,
                                   .products = products,
                                   .n_products = n};
}

static void sale_status(void **state) {
    (void)state;
    struct cat_exhibition e = exhibition(NULL, 0);
    struct cat_product p = {.id = 1, .pool_id = 1, .sale_start = NOON, .sale_end = NOON + 1000};
    assert_int_equal(sale_status_of(&p, &e, 5, NOON - 1), SALE_UPCOMING);
    assert_int_equal(sale_status_of(&p, &e, 5, NOON), SALE_ON);
    assert_int_equal(sale_status_of(&p, &e, 0, NOON), SALE_SOLD_OUT);
    assert_int_equal(sale_status_of(&p, &e, 0, NOON - 1), SALE_UPCOMING);
    assert_int_equal(sale_status_of(&p, &e, 5, NOON + 999), SALE_ON);
    assert_int_equal(sale_status_of(&p, &e, 5, NOON + 1000), SALE_ENDED);
    p.sale_start = p.sale_end = 0;
    assert_int_equal(sale_status_of(&p, &e, 5, slot_instant(LAST_DAY, 1439)), SALE_ON);
    assert_int_equal(sale_status_of(&p, &e, 5, slot_instant(LAST_DAY + 1, 0)), SALE_ENDED);
}

static void stock_state(void **state) {
    (void)state;
    struct cat_pool p = {.total = 100, .available = 11};
    assert_int_equal(stock_state_of(&p), STOCK_OPEN);
    p.available = 10;
    assert_int_equal(stock_state_of(&p), STOCK_FEW);
    p.available = 0;
    assert_int_equal(stock_state_of(&p), STOCK_SOLD_OUT);
    p.awaiting_deposit = true;
    assert_int_equal(stock_state_of(&p), STOCK_AWAITING_DEPOSIT);
    p.in_checkout = true;
    assert_int_equal(stock_state_of(&p), STOCK_IN_CHECKOUT);
    p = (struct cat_pool){.total = 1, .available = 1};
    assert_int_equal(stock_state_of(&p), STOCK_OPEN);
}

static void exhibition_status(void **state) {
    (void)state;
    struct cat_product p[] = {{.id = 1, .pool_id = 2},
                              {.id = 2, .pool_id = 4, .sale_start = NOON + 2000},
                              {.id = 3, .pool_id = 4, .sale_start = NOON + 1000},
                              {.id = 4, .pool_id = 1}};
    int64_t opens = -1;
    struct cat_exhibition e = exhibition(p, 4);
    assert_int_equal(exhibition_status_of(&e, &pools, NOON, &opens), SALE_ON);
    assert_int_equal(opens, 0);
    e.n_products = 3;
    assert_int_equal(exhibition_status_of(&e, &pools, NOON, &opens), SALE_UPCOMING);
    assert_int_equal(opens, NOON + 1000);
    e.n_products = 1;
    assert_int_equal(exhibition_status_of(&e, &pools, NOON, &opens), SALE_SOLD_OUT);
    assert_int_equal(opens, 0);
    e.n_products = 0;
    assert_int_equal(exhibition_status_of(&e, &pools, NOON, &opens), SALE_UPCOMING);
    e.n_products = 4;
    assert_int_equal(exhibition_status_of(&e, &pools, slot_instant(LAST_DAY + 1, 0), &opens), SALE_ENDED);
}

static void exhibition_doc(void **state) {
    (void)state;
    struct cat_exhibition e = exhibition(NULL, 0);
    struct arena *a = arena_new(65536);
    struct strbuf b;
    strbuf_init(&b, a, 32768);
    doc_exhibition(&e, &pools, NOON, &b);
    assert_true(strbuf_ok(&b));
    assert_non_null(strstr(b.data, "\"notices\":[\"하나\",\"둘\"]"));
    assert_non_null(strstr(b.data, "\"refund_policy\":[]"));
    assert_non_null(strstr(b.data, "\"image_url\":null"));
    const char key[] = "\"server_time\":\"";
    const size_t tail = sizeof key - 1 + RFC3339_LEN + 2;
    assert_memory_equal(b.data + b.len - tail, key, sizeof key - 1);
    assert_string_equal(b.data + b.len - 2, "\"}");
    struct strbuf later;
    strbuf_init(&later, a, 32768);
    doc_exhibition(&e, &pools, NOON + 5000, &later);
    assert_string_equal(b.data, later.data); /* time alone changes nothing */
    arena_free(&a);
}

static void products_doc(void **state) {
    (void)state;
    struct cat_product p[] = {{.id = 7, .pool_id = 3, .price = 15000, .name = "대인 \"A\"", .type = "adult"},
                              {.id = 8, .pool_id = 99, .name = "소인", .type = "child", .sale_end = NOON + 1000}};
    struct cat_exhibition e = exhibition(p, 2);
    struct arena *a = arena_new(65536);
    struct strbuf b;
    strbuf_init(&b, a, 32768);
    doc_products(&e, &pools, NOON, &b);
    assert_string_equal(
        b.data,
        "{\"products\":[{\"id\":7,\"name\":\"대인 "
        "\\\"A\\\"\",\"type\":\"adult\",\"price\":15000,\"available_quantity\":1,"
        "\"total_quantity\":10,\"sale_start\":null,\"sale_end\":null,\"sale_status\":\"on_sale\",\"stock_state\":"
        "\"few\"},"
        "{\"id\":8,\"name\":\"소인\",\"type\":\"child\",\"price\":0,\"available_quantity\":0,\"total_quantity\":0,"
        "\"sale_start\":null,\"sale_end\":\"2024-10-04T12:00:01.000+09:00\",\"sale_status\":\"sold_out\","
        "\"stock_state\":\"sold_out\"}]}");
    arena_free(&a);
}

static void slot_docs(void **state) {
    (void)state;
    const struct cat_slot slots[] = {{.id = 1, .pool_id = 2, .day = FIRST_DAY, .starts = 600, .ends = 660},
                                     {.id = 2, .pool_id = 3, .day = FIRST_DAY, .starts = 660, .ends = 720},
                                     {.id = 3, .pool_id = 2, .day = FIRST_DAY + 1, .starts = 600, .ends = 660}};
    struct arena *a = arena_new(65536);
    struct strbuf b, days;
    strbuf_init(&b, a, 32768);
    doc_slots(slots, 1, &pools, &b);
    assert_string_equal(b.data,
                        "{\"slots\":[{\"id\":1,\"date\":\"2024-10-04\",\"starts_at\":\"2024-10-04T10:00:00.000+09:00\","
                        "\"ends_at\":\"2024-10-04T11:00:00.000+09:00\",\"capacity\":100,\"available_quantity\":0}]}");
    strbuf_init(&days, a, 32768);
    doc_days(slots, 3, &pools, &days);
    assert_string_equal(days.data, "{\"days\":[{\"date\":\"2024-10-04\",\"state\":\"few\"},"
                                   "{\"date\":\"2024-10-05\",\"state\":\"sold_out\"}]}");
    arena_free(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(sale_status),       cmocka_unit_test(stock_state),
                                       cmocka_unit_test(exhibition_status), cmocka_unit_test(exhibition_doc),
                                       cmocka_unit_test(products_doc),      cmocka_unit_test(slot_docs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
