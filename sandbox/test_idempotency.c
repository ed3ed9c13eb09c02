#include "common/test_arena.h"
#include <stdlib.h>
#include <string.h>
#include "idempotency.h"

#define KEEP 1000

static enum idempotency_verdict begin(struct arena *arena, struct idempotency *i, const char *identity, int64_t now,
                                      const char **body) {
    struct kept_answer a = {0};
    enum idempotency_verdict v = idempotency_begin(i, identity, now, arena, &a);
    if (body != NULL) *body = a.body;
    return v;
}

static bool finish(struct idempotency *i, const char *identity, int status, const char *body) {
    return idempotency_finish(i, identity, &(struct kept_answer){status, body, strlen(body)});
}

static void first_running_done(void **state) {
    const char *body;
    struct idempotency *i = idempotency_open(10, KEEP);
    assert_int_equal(begin(*state, i, "a", 0, NULL), IDEMPOTENCY_NEW);
    assert_int_equal(begin(*state, i, "a", 0, NULL), IDEMPOTENCY_RUNNING);
    assert_int_equal(begin(*state, i, "b", 0, NULL), IDEMPOTENCY_NEW);
    assert_true(finish(i, "a", 200, "the answer"));
    assert_int_equal(begin(*state, i, "a", KEEP, &body), IDEMPOTENCY_DONE);
    assert_string_equal(body, "the answer");
    assert_int_equal(begin(*state, i, "a", KEEP + 1, NULL), IDEMPOTENCY_NEW);
    idempotency_close(&i);
    assert_null(i);
}

static void which_answers_are_kept(void **state) {
    static const struct {
        int status;
        bool kept;
    } cases[] = {{200, true},  {400, true},  {401, true},  {403, true}, {404, true},
                 {409, false}, {429, false}, {500, false}, {0, false}};
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        struct idempotency *i = idempotency_open(10, KEEP);
        assert_int_equal(begin(*state, i, "a", 0, NULL), IDEMPOTENCY_NEW);
        assert_int_equal(finish(i, "a", cases[n].status, "x"), cases[n].kept);
        assert_int_equal(begin(*state, i, "a", 0, NULL), cases[n].kept ? IDEMPOTENCY_DONE : IDEMPOTENCY_NEW);
        idempotency_close(&i);
    }
}

static void the_oldest_gives_way_but_not_a_running_one(void **state) {
    struct idempotency *i = idempotency_open(2, KEEP);
    begin(*state, i, "running", 0, NULL);
    begin(*state, i, "first", 0, NULL);
    finish(i, "first", 200, "1");
    begin(*state, i, "second", 0, NULL);
    finish(i, "second", 200, "2");
    assert_int_equal(begin(*state, i, "running", 0, NULL), IDEMPOTENCY_RUNNING);
    assert_int_equal(begin(*state, i, "second", 0, NULL), IDEMPOTENCY_DONE);
    assert_int_equal(begin(*state, i, "first", 0, NULL), IDEMPOTENCY_NEW);
    idempotency_close(&i);
}

static void cleared_while_running(void **state) {
    struct idempotency *i = idempotency_open(10, KEEP);
    begin(*state, i, "a", 0, NULL);
    idempotency_clear(i);
    assert_false(finish(i, "a", 200, "late"));
    assert_int_equal(begin(*state, i, "a", 0, NULL), IDEMPOTENCY_NEW);
    idempotency_close(&i);
}

static void count(void *arg, const char *identity, int64_t first_used, const struct kept_answer *a) {
    assert_string_equal(identity, "done");
    assert_int_equal(first_used, 7);
    assert_memory_equal(a->body, "x", 1);
    ++*(int *)arg;
}

static void written_down_and_restored(void **state) {
    int n = 0;
    const char *body;
    struct idempotency *i = idempotency_open(10, KEEP);
    begin(*state, i, "running", 0, NULL);
    idempotency_restore(i, "done", 7, &(struct kept_answer){403, "x", 1});
    idempotency_each(i, count, &n);
    assert_int_equal(n, 1);
    assert_int_equal(begin(*state, i, "done", 8, &body), IDEMPOTENCY_DONE);
    assert_string_equal(body, "x");
    idempotency_close(&i);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_running_done),
        cmocka_unit_test(which_answers_are_kept),
        cmocka_unit_test(the_oldest_gives_way_but_not_a_running_one),
        cmocka_unit_test(cleared_while_running),
        cmocka_unit_test(written_down_and_restored),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
