#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "message_book.h"

static struct message *make(const char *own_id, enum message_provider p) {
    static const struct message_pace pace = {1, 1, 1, 1};
    const struct message_draft d = {.provider = p,
                                    .request_id = own_id,
                                    .phone = "01012345678",
                                    .template_code = "T",
                                    .seq = 1,
                                    .text = {[TEXT_OWN_ID] = own_id}};
    return message_make(&d, &pace, 1000);
}

static void found_by_what_is_known(void **state) {
    (void)state;
    struct message_book *b = messages_open(100);
    messages_add(b, make("a", PROVIDER_NHN));
    messages_add(b, make("a", PROVIDER_KAKAOI));
    messages_add(b, make("b", PROVIDER_NHN));
    assert_int_equal(messages_by_own_id(b, PROVIDER_NHN, "a")->number, 1);
    assert_int_equal(messages_by_own_id(b, PROVIDER_KAKAOI, "a")->number, 2);
    assert_null(messages_by_own_id(b, PROVIDER_KAKAOI, "b"));
    assert_int_equal(messages_by_request(b, "b", 1)->number, 3);
    assert_null(messages_by_request(b, "b", 2));
    messages_clear(b);
    assert_null(messages_by_own_id(b, PROVIDER_NHN, "a"));
    messages_close(&b);
    assert_null(b);
}

static void the_oldest_give_way(void **state) {
    (void)state;
    struct message_book *b = messages_open(10);
    char id[16];
    for (int i = 1; i <= 25; i++) {
        snprintf(id, sizeof id, "%d", i);
        messages_add(b, make(id, PROVIDER_NHN));
    }
    assert_int_equal(messages_end(b) - messages_first(b), 10);
    assert_null(messages_by_own_id(b, PROVIDER_NHN, "15"));
    assert_int_equal(messages_by_own_id(b, PROVIDER_NHN, "16")->number, 16);
    messages_close(&b);
}

static void put_back_after_a_restart(void **state) {
    (void)state;
    struct message_book *b = messages_open(10);
    static const uint64_t numbers[] = {7, 9, 7, 30, 12};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct message *m = make("x", PROVIDER_NHN);
        m->number = numbers[i];
        messages_add(b, m);
        if (numbers[i] == 9) {
            assert_non_null(messages_at(b, 7));
            assert_null(messages_at(b, 8));
        }
    }
    assert_int_equal(messages_first(b), 30); /* all others are too old */
    assert_int_equal(messages_end(b), 31);
    messages_add(b, make("y", PROVIDER_NHN));
    assert_int_equal(messages_by_own_id(b, PROVIDER_NHN, "y")->number, 31);
    messages_close(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_by_what_is_known),
        cmocka_unit_test(the_oldest_give_way),
        cmocka_unit_test(put_back_after_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
