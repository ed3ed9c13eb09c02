#include "common/test_arena.h"
#include <stdio.h>
#include <string.h>
#include "common/arena.h"
#include "common/strbuf.h"
#include "common/utf8.h"
#include "template.h"

/* A template without fault, for tests to break. */
static const struct template good = {
    .key = "good",
    .code = "GOOD",
    .text = "#{이름}님, 안녕하세요.",
    .button = "보기",
    .link = "https://#{주소}/",
    .fallback_title = "안내",
    .fallback = "#{이름}님",
    .priority = PRIORITY_TICKET,
    .vars = {{"이름", 5}, {"주소", 20}},
    .n_vars = 2,
};

static char *repeat(struct arena *a, const char *piece, size_t n) {
    struct strbuf b;
    strbuf_init(&b, a, 64 * 1024);
    for (size_t i = 0; i < n; i++) strbuf_puts(&b, piece);
    return b.data;
}

/* ---- ours ---- */

static void every_template_is_without_fault(void **state) {
    struct arena *a = *state;
    for (size_t i = 0; i < template_count; i++) {
        const char *fault = template_fault(a, &templates[i]);
        if (fault != NULL) fail_msg("%s: %s", templates[i].key, fault);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(templates[i].key, templates[k].key);
            assert_string_not_equal(templates[i].code, templates[k].code);
            assert_string_not_equal(templates[i].text, templates[k].text);
        }
    }
}

static void every_template_fits_when_its_values_are_longest(void **state) {
    struct arena *a = *state;
    for (size_t i = 0; i < template_count; i++) {
        const struct template *t = &templates[i];
        const char *values[TEMPLATE_VARS_MAX];
        for (size_t v = 0; v < t->n_vars; v++) values[v] = repeat(a, "가", 2000);
        const char *text = template_fill(a, t, t->text, values), *sms = template_fill(a, t, t->fallback, values);
        assert_non_null(text);
        assert_non_null(sms);
        assert_in_range(utf8_count(text), 1, TEMPLATE_TEXT_MAX);
        assert_in_range(2 * utf8_count(sms), 1, TEMPLATE_SMS_MAX);
        assert_string_equal(template_sms(a, sms), sms);
        assert_null(strstr(text, "#{"));
    }
}

static void links_have_the_scheme_of_our_address(void **state) {
    struct arena *a = *state;
    assert_true(template_scheme(a, "http://127.0.0.1:8080"));
    const struct template *paid = template_find("paid");
    assert_string_equal(paid->link, "http://#{주소}/ticket/#o=#{예매번호}&t=#{토큰}");
    assert_non_null(strstr(paid->fallback, "입장권: http://#{주소}"));
    assert_null(template_find("notice")->link);
    for (size_t i = 0; i < template_count; i++) assert_null(template_fault(a, template_at(i)));
    assert_true(template_scheme(a, "https://tickets.example.kr"));
    assert_ptr_equal(template_find("paid"), &templates[2]);
    assert_string_equal(template_find("paid")->link, "https://#{주소}/ticket/#o=#{예매번호}&t=#{토큰}");
    assert_null(template_find("nothing"));
}

/* ---- each rule catches its fault ---- */

static void must_fault(struct arena *a, const struct template *t, const char *part) {
    const char *fault = template_fault(a, t);
    if (fault == NULL || strstr(fault, part) == NULL)
        fail_msg("fault \"%s\", wanted: %s", fault == NULL ? "none" : fault, part);
}

#define BROKEN(part, ...)                                                                                              \
    do {                                                                                                               \
        struct template t = good;                                                                                      \
        __VA_ARGS__;                                                                                                   \
        must_fault(a, &t, part);                                                                                       \
    } while (0)

static void names_are_checked(void **state) {
    struct arena *a = *state;
    assert_null(template_fault(a, &good));
    BROKEN("has no key", t.key = "");
    BROKEN("code", t.code = "");
    BROKEN("code", t.code = "A_CODE_OF_21_LETTERS_");
    BROKEN("code", t.code = "입금");
    BROKEN("priority", t.priority = (enum priority)0);
    BROKEN("priority", t.priority = (enum priority)5);
    BROKEN("too many variables", t.n_vars = TEMPLATE_VARS_MAX + 1);
    BROKEN("no proper name", t.vars[0].name = "이름@");
    BROKEN("no proper name", t.vars[0].name = "");
    BROKEN("no proper name", t.vars[1].max = 0);
    BROKEN("declared twice", t.vars[1].name = "이름");
}

static void variables_and_texts_are_checked(void **state) {
    struct arena *a = *state;
    BROKEN("no text", t.text = "");
    BROKEN("not declared: #{성명}", t.text = "#{이름}#{성명}");
    BROKEN("not declared", t.text = "#{이름} #{이름");
    BROKEN("not declared", t.text = "#{이름} #{}");
    BROKEN("not declared", t.link = "https://#{주소}/#{예매번호}");
    BROKEN("not declared", t.fallback = "#{이름} #{예매}");
    BROKEN("이름 is not used", t.text = "안녕하세요.");
    BROKEN("주소 is not used", t.link = "https://tickets.example.kr/");
    BROKEN("control character", t.text = "#{이름}\r\n");
    BROKEN("control character", t.text = "#{이름}\t");
    BROKEN("not UTF-8", t.text = "#{이름}\xed\xa0\x80");
}

static void lengths_are_checked(void **state) {
    struct arena *a = *state;
    size_t link = utf8_count("https:///") + 20, button = 2;
    char *text = arena_printf(a, "#{이름}%s", repeat(a, "가", TEMPLATE_TEXT_MAX - link - button - 5));
    struct template fits = good;
    fits.text = text;
    assert_null(template_fault(a, &fits));
    BROKEN("too long", t.text = arena_printf(a, "%s가", text));
    BROKEN("too long", t.text = text; t.vars[0].max = 6);
    BROKEN("the link is too long", t.vars[1].max = TEMPLATE_LINK_MAX);
    BROKEN("the SMS is too long", t.fallback = repeat(a, "가", TEMPLATE_SMS_MAX / 2 + 1));
    BROKEN("the SMS is too long", t.fallback = arena_printf(a, "#{이름}%s", repeat(a, "가", TEMPLATE_SMS_MAX / 2 - 4)));
    BROKEN("title of the SMS is too long", t.fallback_title = repeat(a, "가", TEMPLATE_SMS_TITLE_MAX / 2 + 1));
}

static void buttons_are_checked(void **state) {
    struct arena *a = *state;
    struct template without = good;
    without.button = without.link = NULL;
    without.n_vars = 1;
    assert_null(template_fault(a, &without));
    BROKEN("needs a link", t.link = NULL);
    BROKEN("needs a link", t.button = NULL);
    BROKEN("no name", t.button = "");
    BROKEN("no variable", t.button = "#{이름}");
    BROKEN("too long", t.button = "열다섯글자가되는긴단추이름입니다");
    BROKEN("begin with https", t.link = "#{주소}/");
    BROKEN("begin with https", t.link = "ftp://#{주소}/");
    BROKEN("blank", t.link = "https://#{주소}/ x");
}

static void fallbacks_are_checked(void **state) {
    struct arena *a = *state;
    BROKEN("no text for an SMS", t.fallback = NULL);
    BROKEN("no text for an SMS", t.fallback = "");
    BROKEN("no text for an SMS", t.fallback_title = NULL);
    BROKEN("may hold no variable", t.fallback_title = "#{이름}");
    BROKEN("EUC-KR cannot", t.fallback = "#{이름}님 🎫");
    BROKEN("EUC-KR cannot", t.fallback = "똠양꿍");
    BROKEN("EUC-KR cannot", t.fallback_title = "안내 ✅");
}

/* ---- filling ---- */

static const char *filled(struct arena *a, const char *name) {
    const char *values[TEMPLATE_VARS_MAX] = {name, "x.kr"};
    return template_fill(a, &good, "[#{이름}]", values);
}

static void values_are_cut_and_cleaned(void **state) {
    struct arena *a = *state;
    assert_string_equal(filled(a, "홍길동"), "[홍길동]");
    assert_string_equal(filled(a, "가나다라마"), "[가나다라마]");
    assert_string_equal(filled(a, "가나다라마바"), "[가나다라…]");
    assert_string_equal(filled(a, "홍\r\n길\t동\x7f"), "[홍길동]");
    assert_string_equal(filled(a, ""), "[-]");
    assert_string_equal(filled(a, "\n"), "[-]");
    assert_string_equal(filled(a, "a}b"), "[a}b]");
    assert_null(filled(a, "#{주소}"));
    assert_null(filled(a, "\xff"));
    assert_null(filled(a, NULL));
}

static void what_is_not_declared_is_not_filled(void **state) {
    struct arena *a = *state;
    const char *values[TEMPLATE_VARS_MAX] = {"홍길동", "x.kr"};
    assert_null(template_fill(a, &good, "#{없음}", values));
    assert_null(template_fill(a, &good, "#{이름", values));
    assert_string_equal(template_fill(a, &good, "#o=#{주소}&t={}", values), "#o=x.kr&t={}");
    assert_string_equal(template_fill(a, &good, "", values), "");
}

static void sms_holds_only_euckr(void **state) {
    struct arena *a = *state;
    assert_string_equal(template_sms(a, "빛의 정원 … 특별전"), "빛의 정원 … 특별전");
    assert_string_equal(template_sms(a, "빛의 정원 — 특별전"), "빛의 정원 - 특별전");
    assert_string_equal(template_sms(a, "똠방각하 🎫!"), "?방각하 ?!");
    assert_string_equal(template_sms(a, ""), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_template_is_without_fault),
        cmocka_unit_test(every_template_fits_when_its_values_are_longest),
        cmocka_unit_test(links_have_the_scheme_of_our_address),
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(variables_and_texts_are_checked),
        cmocka_unit_test(lengths_are_checked),
        cmocka_unit_test(buttons_are_checked),
        cmocka_unit_test(fallbacks_are_checked),
        cmocka_unit_test(values_are_cut_and_cleaned),
        cmocka_unit_test(what_is_not_declared_is_not_filled),
        cmocka_unit_test(sms_holds_only_euckr),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
