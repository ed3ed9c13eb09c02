#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "account.h"
#include "common/arena.h"
#include "common/crypto.h"
#include "common/json.h"

static struct arena *arena;
static struct json_faults faults;
static struct refund_account account;

static bool read_body(const char *body) {
    struct json_in in;
    faults = (struct json_faults){.n = 0};
    if (json_open(&in, arena, &faults, body, strlen(body), false) != ST_OK) return false;
    bool there = account_read(&in, &account);
    json_end(&in);
    return there;
}

#define BODY(bank, number, holder)                                                                                     \
    "{\"refund_account\":{\"bank\":" bank ",\"account_number\":" number ",\"holder_name\":" holder "}}"

static void accounts(void **state) {
    (void)state;
    assert_true(read_body(BODY("\"88\"", "\"110-123-456789\"", "\"홍길동\"")));
    assert_string_equal(account.bank, "88");
    assert_string_equal(account.number, "110123456789");
    assert_string_equal(account.holder, "홍길동");
    assert_true(read_body(BODY("\"3K\"", "\"0123-4567-8901-2345-6789\"", "\"A B\"")));
    assert_string_equal(account.number, "01234567890123456789");
    assert_false(read_body("{}"));
    assert_int_equal(faults.n, 0);
    assert_false(read_body("{\"refund_account\":null}"));
    assert_int_equal(faults.n, 0);
}

static void refusals(void **state) {
    (void)state;
    static const struct {
        const char *body, *field;
    } cases[] = {
        {"{\"refund_account\":1}", "refund_account"},
        {"{\"refund_account\":[]}", "refund_account"},
        {"{\"refund_account\":{}}", "refund_account.bank"},
        {BODY("8", "\"1\"", "\"a\""), "refund_account.bank"},
        {BODY("\"8\"", "\"1\"", "\"a\""), "refund_account.bank"},
        {BODY("\"0088\"", "\"1\"", "\"a\""), "refund_account.bank"},
        {BODY("\"3k\"", "\"1\"", "\"a\""), "refund_account.bank"},
        {BODY("\"신\"", "\"1\"", "\"a\""), "refund_account.bank"},
        {BODY("\"88\"", "110123", "\"a\""), "refund_account.account_number"},
        {BODY("\"88\"", "\"\"", "\"a\""), "refund_account.account_number"},
        {BODY("\"88\"", "\"---\"", "\"a\""), "refund_account.account_number"},
        {BODY("\"88\"", "\"1 2\"", "\"a\""), "refund_account.account_number"},
        {BODY("\"88\"", "\"12a\"", "\"a\""), "refund_account.account_number"},
        {BODY("\"88\"", "\"１２\"", "\"a\""), "refund_account.account_number"},
        {BODY("\"88\"", "\"012345678901234567890\"", "\"a\""), "refund_account.account_number"},
        {BODY("\"88\"", "\"1\"", "\"\""), "refund_account.holder_name"},
        {BODY("\"88\"", "\"1\"", "\"  \""), "refund_account.holder_name"},
        {BODY("\"88\"", "\"1\"", "\"a\\nb\""), "refund_account.holder_name"},
        {BODY("\"88\"", "\"1\"",
              "\"가나다라마바사아자차가나다라마바사아자차가나다라마바사아자차가나다라마바사아자차가나다라마바사아자차"
              "가나다라마바사아자차가\""),
         "refund_account.holder_name"},
        {"{\"refund_account\":{\"bank\":\"88\",\"account_number\":\"1\",\"holder_name\":\"a\",\"x\":1}}",
         "refund_account.x"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (read_body(cases[i].body)) fail_msg("accepted: %s", cases[i].body);
        assert_true(faults.n > 0);
        assert_string_equal(faults.item[0].field, cases[i].field);
    }
}

static void sealed_for_one_refund(void **state) {
    (void)state;
    struct seal_key *k = seal_key_new("0123456789abcdef0123456789abcdef", 32);
    struct refund_account opened;
    assert_true(read_body(BODY("\"88\"", "\"110-123-456789\"", "\"홍\\\"길\\\\동\"")));
    const char *sealed = account_seal(arena, k, "refund1", &account);
    assert_non_null(sealed);
    assert_null(strstr(sealed, "110123456789"));
    assert_true(account_open(arena, k, "refund1", sealed, &opened));
    assert_string_equal(opened.bank, account.bank);
    assert_string_equal(opened.number, account.number);
    assert_string_equal(opened.holder, account.holder);
    assert_false(account_open(arena, k, "refund2", sealed, &opened));
    assert_false(account_open(arena, k, "refund1", "", &opened));
    seal_key_free(&k);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(accounts), cmocka_unit_test(refusals),
                                       cmocka_unit_test(sealed_for_one_refund)};
    arena = arena_new(4 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(&arena);
    return failed;
}
