#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/arena.h"
#include "common/json.h"
#include "snapshot.h"

struct page { /* an answer, read back */
    const char *instance;
    int64_t seq, as_of;
    bool full, more;
    size_t docs, gone;
    const char *first; /* key of the first document, or of the first gone one */
};

static struct page read_page(struct snapshot *s, struct arena *a, const char *instance, int64_t seq) {
    struct strbuf b;
    struct json_in in, doc;
    struct json_faults faults = {0};
    struct page p = {0};
    strbuf_init(&b, a, 1 << 20);
    assert_true(snapshot_page(s, instance, (uint64_t)seq, &b));
    assert_true(strbuf_ok(&b));
    assert_int_equal(json_open(&in, a, &faults, b.data, b.len, false), ST_OK);
    p.instance = json_text(&in, "instance", 1, 64, JSON_REQUIRED);
    p.seq = json_int(&in, "seq", 0, INT64_MAX, JSON_REQUIRED);
    p.as_of = json_int(&in, "as_of", 0, INT64_MAX, JSON_REQUIRED);
    p.full = json_bool(&in, "full", JSON_REQUIRED);
    p.more = json_bool(&in, "more", JSON_REQUIRED);
    p.docs = json_array(&in, "docs", 0, 100000, JSON_REQUIRED);
    p.gone = json_array(&in, "gone", 0, 100000, JSON_REQUIRED);
    if (p.docs && json_item(&in, "docs", 0, &doc))
        p.first = json_text(&doc, "key", 1, 100, JSON_REQUIRED);
    else if (p.gone)
        p.first = json_item_text(&in, "gone", 0, 1, 100);
    assert_int_equal(faults.n, 0);
    return p;
}

static void round_of(struct snapshot *s, bool all, int64_t as_of, const char *const *docs, size_t n, bool changes) {
    snapshot_begin(s, all);
    for (size_t i = 0; i < n; i++) snapshot_put(s, docs[2 * i], docs[2 * i + 1], strlen(docs[2 * i + 1]));
    assert_int_equal(snapshot_commit(s, as_of), changes);
}

static void changes_only(void **state) {
    (void)state;
    struct arena *a = arena_new(64 << 20);
    struct snapshot *s = snapshot_new();
    struct strbuf b;
    strbuf_init(&b, a, 1 << 20);
    assert_false(snapshot_page(s, "", 0, &b));
    round_of(s, true, 1000, (const char *[]){"a", "{1}", "b", "{\"x\":2}"}, 2, true);
    struct page p = read_page(s, a, "", 0);
    assert_true(p.full && !p.more && p.docs == 2 && p.as_of == 1000);
    struct page none = read_page(s, a, p.instance, p.seq);
    assert_true(!none.full && !none.more && none.docs == 0 && none.gone == 0 && none.seq == p.seq);
    round_of(s, false, 2000, (const char *[]){"a", "{1}"}, 1, false); /* the same again; b is not asked about */
    assert_int_equal(read_page(s, a, p.instance, p.seq).docs, 0);
    round_of(s, false, 3000, (const char *[]){"b", "{3}"}, 1, true);
    struct page one = read_page(s, a, p.instance, p.seq);
    assert_true(!one.full && one.docs == 1 && one.as_of == 3000);
    assert_string_equal(one.first, "b");
    assert_true(read_page(s, a, "another", one.seq).full);
    assert_true(read_page(s, a, p.instance, one.seq + 1).full); /* claims to know the future */
    snapshot_free(&s);
    arena_free(&a);
}

static void gone_and_back(void **state) {
    (void)state;
    struct arena *a = arena_new(64 << 20);
    struct snapshot *s = snapshot_new();
    round_of(s, true, 1, (const char *[]){"a", "{1}", "b", "{2}"}, 2, true);
    struct page p = read_page(s, a, "", 0);
    round_of(s, true, 2, (const char *[]){"a", "{1}"}, 1, true);
    struct page gone = read_page(s, a, p.instance, p.seq);
    assert_true(gone.docs == 0 && gone.gone == 1);
    assert_string_equal(gone.first, "b");
    round_of(s, true, 3, (const char *[]){"a", "{1}", "b", "{2}"}, 2, true);
    struct page back = read_page(s, a, p.instance, gone.seq);
    assert_true(back.docs == 1 && back.gone == 0);
    snapshot_free(&s);
    arena_free(&a);
}

static void pages(void **state) {
    (void)state;
    enum { N = 40, BODY = 50000 };
    struct arena *a = arena_new(256 << 20);
    struct snapshot *s = snapshot_new();
    char *body = calloc(1, BODY + 1), key[8] = "k00";
    assert_non_null(body);
    memset(body, '"', BODY); /* the worst: every byte doubles */
    snapshot_begin(s, true);
    for (int i = 0; i < N; i++) {
        key[1] = (char)('0' + i / 10);
        key[2] = (char)('0' + i % 10);
        snapshot_put(s, key, body, BODY);
    }
    assert_true(snapshot_commit(s, 1));
    struct page p = read_page(s, a, "", 0);
    assert_true(p.full && p.more);
    size_t docs = p.docs;
    for (int turns = 0; p.more && turns < N; turns++) {
        p = read_page(s, a, p.instance, p.seq);
        assert_false(p.full);
        docs += p.docs;
    }
    assert_int_equal(docs, N);
    free(body);
    snapshot_free(&s);
    arena_free(&a);
}

static void forgets_the_gone(void **state) {
    (void)state;
    struct arena *a = arena_new(64 << 20);
    struct snapshot *s = snapshot_new();
    round_of(s, true, 1, (const char *[]){"zzz", "{}"}, 1, true);
    struct page p = read_page(s, a, "", 0);
    snapshot_begin(s, false);
    for (int i = 0; i < 1500; i++) {
        char key[16] = "d";
        for (int k = 0, v = i; k < 4; k++, v /= 10) key[1 + k] = (char)('0' + v % 10);
        snapshot_put(s, key, "{}", 2);
    }
    assert_true(snapshot_commit(s, 2));
    round_of(s, true, 3, (const char *[]){"zzz", "{}"}, 1, true);
    struct page late = read_page(s, a, p.instance, p.seq); /* may hold what is gone and forgotten */
    assert_true(late.full && late.docs == 1 && late.gone == 0);
    snapshot_free(&s);
    arena_free(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(changes_only), cmocka_unit_test(gone_and_back),
                                       cmocka_unit_test(pages), cmocka_unit_test(forgets_the_gone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
