/* What rests, and what ends it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "rests.h"

enum { REST_MS = 60000, AT_ONCE = 10 };

static int open_rests(void **state) {
    struct rests *rests = rests_new(REST_MS);
    *state = rests;
    return rests == NULL;
}

static int close_rests(void **state) {
    struct rests *rests = *state;
    rests_free(&rests);
    return 0;
}

static void three_messages_in_a_row_are_their_template(void **state) {
    const struct template *first = template_at(0), *second = template_at(1);
    assert_false(rests_is_refused(*state, first, 1));
    assert_false(rests_is_refused(*state, first, 2));
    assert_false(rests_is_refused(*state, first, 2));
    assert_false(rests_is_refused(*state, second, 3));
    rests_taken(*state, first);
    assert_false(rests_is_refused(*state, first, 4));
    assert_false(rests_is_refused(*state, first, 5));
    assert_true(rests_is_refused(*state, first, 6));
    assert_false(rests_is_refused(*state, second, 7));
    assert_true(rests_is_refused(*state, second, 8));
}

static void a_template_rests_until_it_is_repaired(void **state) {
    const struct template *t = template_at(1);
    const char *keys[64];
    assert_true(template_count <= 64);
    assert_int_equal(rests_templates(*state, keys), 0);
    rests_template(*state, t, "of a test");
    rests_taken(*state, template_at(0));
    assert_int_equal(rests_templates(*state, keys), 1);
    assert_string_equal(keys[0], t->key);
    rests_repaired(*state, t);
    assert_int_equal(rests_templates(*state, keys), 0);
}

/* Another replica, of another version, may have sent it. */
static void a_message_of_a_template_that_nobody_knows_ends_the_rest_of_the_provider(void **state) {
    assert_int_equal(rests_batch(*state, 0, AT_ONCE), AT_ONCE);
    rests_provider(*state, "of a test");
    assert_int_equal(rests_batch(*state, 0, AT_ONCE), 0);
    rests_taken(*state, NULL);
    assert_int_equal(rests_batch(*state, 0, AT_ONCE), AT_ONCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(three_messages_in_a_row_are_their_template, open_rests, close_rests),
        cmocka_unit_test_setup_teardown(a_template_rests_until_it_is_repaired, open_rests, close_rests),
        cmocka_unit_test_setup_teardown(a_message_of_a_template_that_nobody_knows_ends_the_rest_of_the_provider,
                                        open_rests, close_rests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
