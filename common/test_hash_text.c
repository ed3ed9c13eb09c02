#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "hash_text.h"

/* Values published with FNV-1a, their high half folded in. */
static void follows_the_published_values(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint64_t fnv1a;
    } published[] = {
        {"", 0xcbf29ce484222325}, {"a", 0xaf63dc4c8601ec8c}, {"b", 0xaf63df4c8601f1a5}, {"foobar", 0x85944171f73967e8}};
    for (size_t i = 0; i < sizeof published / sizeof *published; i++)
        assert_int_equal(hash_text(published[i].text), published[i].fnv1a ^ published[i].fnv1a >> 32);
}

/* As many keys as slots: by chance the fullest slot of 4,096 gets 6 to 8 of them. */
static void spreads_keys_that_are_alike(void **state) {
    (void)state;
    enum { SLOTS = 4096, CROWD = 12 };
    static unsigned count[SLOTS];
    char key[32];
    for (int i = 0; i < SLOTS; i++) {
        snprintf(key, sizeof key, "slots/aaa/%04d-%02d", i / 12, i % 12 + 1);
        assert_true(++count[hash_text(key) % SLOTS] < CROWD);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_published_values),
        cmocka_unit_test(spreads_keys_that_are_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
