#include "common/test_arena.h"
#include <string.h>
#include "alimtalk_templates.h"
#include "template_text.h"

static void matches(void **state) {
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool same;
    } cases[] = {
        {"안녕", "안녕", true},
        {"안녕", "안녕 ", false},
        {"", "", true},
        {"", "a", false},
        {"#{이름}님", "홍길동님", true},
        {"#{이름}님", "님", true},
        {"#{이름}님", "홍길동", false},
        {"#{이름}님", "홍님길동님", true},
        {"#{a}-#{b}.", "1-2-3.", true},
        {"#{a}-#{b}.", "1.2-3", false},
        {"줄\n#{a}", "줄\r\n1", false},
        {"#{a}#{b}", "", true},
        {"#{a}끝", "끝끝끝", true},
        {"50#{x", "50#{x", true}, /* not closed: no variable */
        {"#{a}", "#{a}", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(pattern_match(cases[i].pattern, cases[i].text), cases[i].same);
}

/* No text makes the walk take for ever. */
static void in_bounded_time(void **state) {
    char pattern[200] = "", *text = arena_alloc(*state, 20001);
    for (int i = 0; i < 20; i++) memcpy(pattern + strlen(pattern), "#{v}a", 6);
    memcpy(pattern + strlen(pattern), "b", 2);
    memset(text, 'a', 20000);
    assert_false(pattern_match(pattern, text));
}

static const char *value(void *arg, const char *name) { return strcmp(name, arg) == 0 ? "값" : NULL; }

static void fills(void **state) {
    struct strbuf b;
    strbuf_init(&b, *state, 1000);
    assert_true(pattern_fill(&b, "<#{x}|#{x}> #{", value, "x"));
    assert_string_equal(b.data, "<값|값> #{");
    assert_false(pattern_fill(&b, "#{y}", value, "x"));
}

static void states_of_templates(void **state) {
    (void)state;
    struct templates *t = templates_open("http://127.0.0.1:8080");
    struct template_view v;
    assert_true(templates_find(t, "TICKET_PAID", &v));
    assert_string_equal(v.scheme, "http://");
    assert_int_equal(v.state, TEMPLATE_APPROVED);
    assert_true(templates_switch(t, "TICKET_PAID", "changed"));
    assert_true(templates_find(t, "TICKET_PAID", &v));
    assert_string_not_equal(v.text, v.approved->text);
    assert_true(templates_switch(t, "TICKET_PAID", "missing"));
    assert_false(templates_find(t, "TICKET_PAID", &v));
    assert_false(templates_switch(t, "TICKET_PAID", "nonsense"));
    assert_false(templates_switch(t, "NONE", "blocked"));
    templates_reset(t);
    assert_true(templates_find(t, "TICKET_PAID", &v));
    templates_close(&t);
    t = templates_open("https://tickets.example");
    assert_true(templates_find(t, "TICKET_PAID", &v));
    assert_string_equal(v.scheme, "https://");
    templates_close(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches),
        cmocka_unit_test_setup_teardown(in_bounded_time, make_arena, drop_arena),
        cmocka_unit_test_setup_teardown(fills, make_arena, drop_arena),
        cmocka_unit_test(states_of_templates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
