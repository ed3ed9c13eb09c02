#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "networks.h"

static struct address parsed(const char *text) {
    struct address a;
    assert_true(address_parse(text, strlen(text), &a));
    return a;
}

static void test_lists(void **state) {
    (void)state;
    static const char *const good[] = {"",          "127.0.0.1", "10.0.0.0/8, 192.168.0.0/16", "fd00::/8,::1",
                                       "0.0.0.0/0", "::/0"};
    static const char *const bad[] = {"x",
                                      "10.0.0.0/33",
                                      "10.0.0.0/",
                                      "10.0.0.0/-1",
                                      "10.0.0.0/8x",
                                      "::/129",
                                      ",",
                                      "10.0.0.1,,",
                                      "10.0.0/8",
                                      "/8",
                                      "10.0.0.0/99999999999999999999"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct networks *p = networks_open(good[i]);
        if (p == NULL) fail_msg("refused: %s", good[i]);
        networks_close(&p);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (networks_open(bad[i]) != NULL) fail_msg("accepted: %s", bad[i]);
}

static void test_networks(void **state) {
    (void)state;
    struct networks *p = networks_open("10.1.0.0/15,127.0.0.1,fd00::/9");
    static const struct {
        const char *text;
        bool trusted;
    } cases[] = {
        {"10.0.255.255", true}, {"10.1.2.3", true}, {"10.2.0.0", false}, {"127.0.0.1", true},
        {"127.0.0.2", false},   {"fd7f::1", true},  {"fd80::1", false},  {"::ffff:10.1.2.3", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct address a = parsed(cases[i].text);
        if (networks_have(p, &a) != cases[i].trusted) fail_msg("%s", cases[i].text);
    }
    networks_close(&p);
}

static void test_the_client_behind(void **state) {
    (void)state;
    struct networks *p = networks_open("10.0.0.0/8");
    static const struct {
        const char *peer, *forwarded, *client;
    } cases[] = {
        {"203.0.113.9", NULL, "203.0.113.9"},
        {"203.0.113.9", "1.2.3.4", "203.0.113.9"}, /* a stranger's word does not count */
        {"10.0.0.1", NULL, "10.0.0.1"},
        {"10.0.0.1", "", "10.0.0.1"},
        {"10.0.0.1", "1.2.3.4", "1.2.3.4"},
        {"10.0.0.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"}, /* what the visitor claimed himself is on the left */
        {"10.0.0.1", "6.6.6.6,1.2.3.4 , 10.0.0.2", "1.2.3.4"},
        {"10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3"},
        {"10.0.0.1", "6.6.6.6, nonsense, 10.0.0.2", "10.0.0.2"},
        {"10.0.0.1", "6.6.6.6,", "10.0.0.1"},
        {"10.0.0.1", "2001:DB8::1", "2001:db8::1"},
        {"10.0.0.1", "::ffff:1.2.3.4", "1.2.3.4"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct address peer = parsed(cases[i].peer);
        struct address client = client_address(p, &peer, cases[i].forwarded);
        char text[ADDRESS_TEXT];
        address_format(&client, text);
        assert_string_equal(text, cases[i].client);
    }
    networks_close(&p);
}

static void test_owner(void **state) {
    (void)state;
    char text[ADDRESS_TEXT];
    struct address a = parsed("2001:db8:1:2:3:4:5:6"), b = parsed("1.2.3.4");
    address_owner(&a, text);
    assert_string_equal(text, "2001:db8:1:2::");
    address_owner(&b, text);
    assert_string_equal(text, "1.2.3.4");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_the_client_behind),
        cmocka_unit_test(test_owner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
