#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "payment_record.h"

static struct payment *made(void) {
    struct payment *p = calloc(1, sizeof *p);
    assert_non_null(p);
    snprintf(p->key, sizeof p->key, "key");
    p->order_name = "관람권";
    p->success_url = "http://s";
    p->metadata = ""; /* the others are absent */
    p->status = PAYMENT_ABORTED;
    p->failure = code_find("REJECT_CARD_COMPANY");
    p->next_by_key = p->older = p; /* of some book */
    for (int i = 0; i < 2; i++) {
        struct cancel *c = calloc(1, sizeof *c + 24);
        assert_non_null(c);
        c->amount = i + 1;
        snprintf(c->reason, 24, "why %d", i);
        *(p->last_cancel != NULL ? &p->last_cancel->next : &p->cancels) = c;
        p->last_cancel = c;
        p->n_cancels++;
    }
    return p;
}

static void there_and_back(void **state) {
    (void)state;
    size_t len;
    struct payment *p = made();
    void *record = payment_record_make(p, &len);
    payment_free(p);
    p = payment_record_read(record, len);
    assert_non_null(p);
    free(record);
    assert_string_equal(p->key, "key");
    assert_string_equal(p->order_name, "관람권");
    assert_string_equal(p->success_url, "http://s");
    assert_null(p->fail_url);
    assert_null(p->customer_name);
    assert_string_equal(p->metadata, "");
    assert_ptr_equal(p->failure, code_find("REJECT_CARD_COMPANY"));
    assert_null(p->next_by_key);
    assert_null(p->older);
    assert_int_equal(p->n_cancels, 2);
    assert_string_equal(p->cancels->reason, "why 0");
    assert_string_equal(p->last_cancel->reason, "why 1");
    assert_ptr_equal(p->cancels->next, p->last_cancel);
    assert_null(p->last_cancel->next);
    payment_free(p);
}

static void cut_off_anywhere(void **state) {
    (void)state;
    size_t len;
    struct payment *p = made();
    char *record = payment_record_make(p, &len);
    payment_free(p);
    for (size_t n = 0; n < len; n++) {
        char *part = malloc(n + 1); /* exactly so much, for the sanitizers */
        assert_non_null(part);
        memcpy(part, record, n);
        assert_null(payment_record_read(part, n));
        free(part);
    }
    free(record);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(there_and_back), cmocka_unit_test(cut_off_anywhere)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
