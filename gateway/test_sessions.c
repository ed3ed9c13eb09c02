/* Which tokens are refused after which pages. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "common/arena.h"
#include "common/strbuf.h"
#include "sessions.h"

struct fixture {
    struct sessions *sessions;
    struct arena *arena;
};

static int setup(void **state) {
    static struct fixture f;
    f.sessions = sessions_open();
    f.arena = arena_new(16 * 1024 * 1024);
    *state = &f;
    return f.sessions != NULL && f.arena != NULL ? 0 : -1;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    sessions_close(&f->sessions);
    arena_free(&f->arena);
    return f->sessions == NULL ? 0 : -1;
}

static int apply(struct fixture *f, const char *page) {
    arena_reset(f->arena);
    return sessions_apply(f->sessions, f->arena, page, strlen(page));
}

static void test_older_tokens_are_refused(void **state) {
    struct fixture *f = *state;
    assert_true(sessions_allow(f->sessions, "one", 0));
    assert_int_equal(apply(f, "{\"until_ms\":7,\"sessions\":[{\"session\":\"one\",\"version\":2}],\"more\":false}"), 0);
    assert_false(sessions_allow(f->sessions, "one", 1));
    assert_true(sessions_allow(f->sessions, "one", 2));
    assert_true(sessions_allow(f->sessions, "one", 3));
    assert_true(sessions_allow(f->sessions, "on", 1));
    assert_true(sessions_allow(f->sessions, "", 0)); /* no session: nothing to revoke */
}

static void test_a_version_never_falls(void **state) {
    struct fixture *f = *state;
    const char *over =
        "{\"until_ms\":7,\"sessions\":[{\"session\":\"a\",\"version\":9007199254740991}],\"more\":false}";
    assert_int_equal(apply(f, over), 0);
    assert_int_equal(apply(f, "{\"until_ms\":8,\"sessions\":[{\"session\":\"a\",\"version\":1}],\"more\":false}"), 0);
    assert_false(sessions_allow(f->sessions, "a", INT32_MAX));
}

static void test_goes_on_from_where_it_was(void **state) {
    struct fixture *f = *state;
    assert_int_equal(sessions_since_ms(f->sessions), 0);
    assert_int_equal(apply(f, "{\"until_ms\":41,\"sessions\":[],\"more\":true}"), 1);
    assert_int_equal(sessions_since_ms(f->sessions), 41);
    assert_false(sessions_heard(f->sessions)); /* not before the last page */
    assert_int_equal(apply(f, "{\"until_ms\":42,\"sessions\":[],\"more\":false}"), 0);
    assert_int_equal(sessions_since_ms(f->sessions), 42);
    assert_true(sessions_heard(f->sessions));
}

static void test_a_malformed_page_changes_nothing(void **state) {
    struct fixture *f = *state;
    static const char *const bad[] = {
        "",
        "[]",
        "{\"sessions\":[],\"more\":false}",
        "{\"until_ms\":1,\"more\":false}",
        "{\"until_ms\":1,\"sessions\":[{\"session\":\"a\",\"version\":9},{\"session\":\"b\"}],\"more\":false}",
        "{\"until_ms\":1,\"sessions\":[{\"session\":\"a\",\"version\":9},7],\"more\":false}",
        "{\"until_ms\":1,\"sessions\":[{\"session\":\"\",\"version\":9}],\"more\":false}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (apply(f, bad[i]) != -1) fail_msg("%s", bad[i]);
    /* 22 letters of three bytes: longer than the room for an id */
    assert_int_equal(apply(f, "{\"until_ms\":1,\"sessions\":[{\"session\":"
                              "\"가나다라마바사아자차카타파하가나다라마바사아\",\"version\":9}],\"more\":false}"),
                     -1);
    assert_int_equal(sessions_since_ms(f->sessions), 0);
    assert_true(sessions_allow(f->sessions, "a", 1));
}

/* Pages of `n` sessions named from `from` on. */
static void note_many(struct fixture *f, int from, int n) {
    struct strbuf page;
    arena_reset(f->arena);
    strbuf_init(&page, f->arena, 1024 * 1024);
    strbuf_puts(&page, "{\"until_ms\":1,\"more\":false,\"sessions\":[");
    for (int i = from; i < from + n; i++)
        strbuf_printf(&page, "%s{\"session\":\"s-%d\",\"version\":1}", i > from ? "," : "", i);
    strbuf_puts(&page, "]}");
    assert_int_equal(sessions_apply(f->sessions, f->arena, page.data, page.len), 0);
}

static bool refuses(struct fixture *f, int number) {
    char id[SESSION_TEXT];
    snprintf(id, sizeof id, "s-%d", number);
    return !sessions_allow(f->sessions, id, 0);
}

static void test_the_oldest_makes_room(void **state) {
    struct fixture *f = *state;
    enum { PAGE = 4096, PAGES = SESSIONS_ROOM / PAGE };
    for (int i = 0; i < PAGES; i++) note_many(f, i * PAGE, PAGE);
    assert_true(refuses(f, 0));
    note_many(f, 0, 1); /* known already: takes no room */
    for (int i = 0; i < SESSIONS_ROOM; i++) assert_true(refuses(f, i));
    note_many(f, SESSIONS_ROOM, PAGE);
    for (int i = 0; i < SESSIONS_ROOM + PAGE; i++) assert_int_equal(refuses(f, i), i >= PAGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_older_tokens_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_version_never_falls, setup, teardown),
        cmocka_unit_test_setup_teardown(test_goes_on_from_where_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_malformed_page_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_oldest_makes_room, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
