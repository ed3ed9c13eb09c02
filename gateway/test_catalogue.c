#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "common/arena.h"
#include "common/strbuf.h"
#include "catalogue.h"

static int apply(struct catalogue *c, const char *page) {
    struct arena *a = arena_new(1 << 20);
    int rc = catalogue_apply(c, a, page, strlen(page));
    arena_free(&a);
    return rc;
}

static int setup(void **state) {
    *state = catalogue_open();
    return *state != NULL ? 0 : -1;
}

static int teardown(void **state) {
    struct catalogue *c = *state;
    catalogue_close(&c);
    return 0;
}

/* head: "instance","seq","as_of","full","more" */
#define PAGE(instance, seq, as_of, full, more, docs, gone)                                                             \
    "{\"instance\":\"" instance "\",\"seq\":" #seq ",\"as_of\":" #as_of ",\"full\":" #full ",\"more\":" #more          \
    ",\"docs\":[" docs "],\"gone\":[" gone "]}"
#define DOC(key, body) "{\"key\":\"" key "\",\"body\":\"" body "\"}"

static void assert_doc(struct catalogue *c, const char *key, const char *body) {
    const struct doc *d = catalogue_get(c, key);
    if (body == NULL) {
        assert_null(d);
        return;
    }
    assert_non_null(d);
    assert_string_equal(d->body, body);
    doc_release(d);
}

static void test_full_then_steps(void **state) {
    struct catalogue *c = *state;
    assert_false(catalogue_loaded(c));
    assert_doc(c, "a", NULL);
    assert_int_equal(apply(c, PAGE("i", 3, 1000, true, false, DOC("a", "[1]") "," DOC("b", "[2]"), "")), 0);
    assert_true(catalogue_loaded(c));
    assert_doc(c, "a", "[1]");
    assert_int_equal(apply(c, PAGE("i", 5, 2000, false, false, DOC("a", "[9]"), "\"b\",\"never\"")), 0);
    assert_doc(c, "a", "[9]");
    assert_doc(c, "b", NULL);
    struct catalogue_mark m = catalogue_mark(c);
    assert_string_equal(m.instance, "i");
    assert_int_equal(m.seq, 5);
    assert_int_equal(m.as_of_ms, 2000);
}

static void test_full_in_pages_forgets_at_the_end(void **state) {
    struct catalogue *c = *state;
    apply(c, PAGE("i", 1, 1000, true, false, DOC("old", "[0]") "," DOC("a", "[0]"), ""));
    assert_int_equal(apply(c, PAGE("j", 1, 2000, true, true, DOC("a", "[1]"), "")), 1);
    assert_doc(c, "old", "[0]"); /* not before the last page */
    assert_int_equal(apply(c, PAGE("j", 2, 2000, false, true, DOC("b", "[1]"), "")), 1);
    assert_int_equal(apply(c, PAGE("j", 3, 2000, false, false, DOC("d", "[1]"), "")), 0);
    assert_doc(c, "old", NULL);
    assert_doc(c, "a", "[1]");
    assert_doc(c, "b", "[1]");
    assert_doc(c, "d", "[1]");
}

static void test_another_replica_starts_the_series_again(void **state) {
    struct catalogue *c = *state;
    apply(c, PAGE("i", 1, 1000, true, true, DOC("a", "[1]"), ""));
    apply(c, PAGE("j", 1, 1500, true, false, DOC("b", "[1]"), ""));
    assert_doc(c, "a", NULL);
    assert_doc(c, "b", "[1]");
    apply(c, PAGE("j", 1, 2500, true, true, DOC("b", "[2]"), ""));
    apply(c, PAGE("j", 1, 2500, true, false, DOC("d", "[2]"), "")); /* the same one may start again, too */
    assert_doc(c, "b", NULL);
    assert_doc(c, "d", "[2]");
}

static void test_older_knowledge_is_ignored(void **state) {
    struct catalogue *c = *state;
    apply(c, PAGE("i", 7, 5000, true, false, DOC("a", "[7]"), ""));
    assert_int_equal(apply(c, PAGE("j", 9, 4000, true, false, DOC("a", "[1]"), "")), 0);
    assert_int_equal(apply(c, PAGE("j", 9, 6000, false, false, DOC("a", "[1]"), "")), 0); /* a step from elsewhere */
    assert_doc(c, "a", "[7]");
    assert_string_equal(catalogue_mark(c).instance, "i");
}

static void test_nonsense_changes_nothing(void **state) {
    struct catalogue *c = *state;
    apply(c, PAGE("i", 1, 1000, true, false, DOC("a", "[1]"), ""));
    static const char *const pages[] = {
        "",
        "{}",
        "[]",
        "{\"instance\":\"i\"}",
        PAGE("i", 2, 2000, true, false, DOC("b", "[2]") ",7", ""),
        PAGE("i", 2, 2000, true, false, "{\"key\":\"b\"}", ""),
        PAGE("i", 2, 2000, true, false, DOC("b", "[2]"), "7"),
        PAGE("", 2, 2000, true, false, DOC("b", "[2]"), ""),
    };
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
        if (apply(c, pages[i]) != -1) fail_msg("accepted: %s", pages[i]);
    assert_doc(c, "a", "[1]");
    assert_doc(c, "b", NULL);
}

/* As many documents and gone keys as booking ever puts on one page, within the memory that the puller gives to it. */
static void test_the_fullest_page_is_taken(void **state) {
    struct catalogue *c = *state;
    enum { PAGE_BYTES = 512 << 10, GONE = 1000 };
    struct arena *a = arena_new(16 << 20);
    struct strbuf page;
    strbuf_init(&page, a, 2 * PAGE_BYTES);
    strbuf_puts(&page, "{\"instance\":\"i\",\"seq\":1,\"as_of\":1000,\"full\":true,\"more\":false,\"docs\":[");
    strbuf_puts(&page, DOC("last", "[1]"));
    while (page.len < PAGE_BYTES) strbuf_puts(&page, "," DOC("a", "[]"));
    strbuf_puts(&page, "],\"gone\":[\"gone\"");
    for (int i = 1; i < GONE; i++) strbuf_puts(&page, ",\"gone\"");
    strbuf_puts(&page, "]}");
    assert_true(strbuf_ok(&page));
    assert_int_equal(catalogue_apply(c, a, page.data, page.len), 0);
    assert_doc(c, "last", "[1]");
    assert_doc(c, "a", "[]");
    arena_free(&a);
}

static void test_tags_and_clock(void **state) {
    struct catalogue *c = *state;
#define CLOCKED(x, t) "{\\\"x\\\":" x ",\\\"server_time\\\":\\\"2026-11-22T21:15:00.00" t "+09:00\\\"}"
    char etag[ETAG_TEXT];
    apply(c, PAGE("i", 1, 1000, true, false, DOC("exhibition/a", CLOCKED("1", "1")) "," DOC("products/a", "[1]"), ""));
    const struct doc *d = catalogue_get(c, "exhibition/a"), *held = d;
    assert_true(d->clocked);
    assert_string_equal(d->body + d->len - CLOCK_TAIL, "2026-11-22T21:15:00.001+09:00\"}");
    memcpy(etag, d->etag, sizeof etag);
    assert_true(etag[0] == '"' && etag[strlen(etag) - 1] == '"' && strlen(etag) > 10);
    apply(c, PAGE("i", 2, 2000, false, false, DOC("exhibition/a", CLOCKED("1", "2")), ""));
    d = catalogue_get(c, "exhibition/a");
    assert_string_equal(d->etag, etag); /* the clock does not count */
    doc_release(d);
    apply(c, PAGE("i", 3, 3000, false, false, DOC("exhibition/a", CLOCKED("2", "2")), ""));
    d = catalogue_get(c, "exhibition/a");
    assert_string_not_equal(d->etag, etag);
    doc_release(d);
    assert_non_null(strstr(held->body, "00.001+")); /* what a reader holds stays as it was */
    doc_release(held);
    d = catalogue_get(c, "products/a");
    assert_false(d->clocked);
    doc_release(d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_full_then_steps, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full_in_pages_forgets_at_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_another_replica_starts_the_series_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_older_knowledge_is_ignored, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nonsense_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_fullest_page_is_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tags_and_clock, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
