#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "message.h"

#define NOW 1000000
static const struct message_pace pace = {.handover = 100, .result = 200, .sms = 300, .in_progress = 5000};

static struct message *make(const char *phone, enum sms_kind sms, const char *forced, bool again) {
    const struct message_draft d = {.provider = PROVIDER_NHN,
                                    .request_id = "20260301120000abcdefghijkl",
                                    .phone = phone,
                                    .template_code = "TICKET_PAID",
                                    .seq = 1,
                                    .text = {[TEXT_OWN_ID] = "own", [TEXT_BODY] = "본문", [TEXT_SMS] = "문자"},
                                    .sms = sms,
                                    .forced_code = forced,
                                    .second_try = again};
    struct message *m = message_make(&d, &pace, NOW);
    assert_non_null(m);
    return m;
}

static struct message_state look(const struct message *m, int64_t after) {
    struct message_state s;
    message_look(m, NOW + after, &s);
    return s;
}

static void each_ending(void **state) {
    (void)state;
    static const struct {
        const char *phone, *forced, *code;
        bool again;
        enum sms_kind sms;
        enum message_status status;
        enum message_resend resend;
        const char *seen; /* NULL: nothing */
    } cases[] = {
        {"01012340000", NULL, "1000", false, SMS_LONG, MESSAGE_COMPLETED, RESEND_PLANNED, "alimtalk"},
        {"01012345678", NULL, "1000", false, SMS_NONE, MESSAGE_COMPLETED, RESEND_NONE, "alimtalk"},
        {"01012343019", NULL, "3019", false, SMS_LONG, MESSAGE_FAILED, RESEND_SENT, "lms"},
        {"01012343020", NULL, "3020", false, SMS_SHORT, MESSAGE_FAILED, RESEND_SENT, "sms"},
        {"01012343019", NULL, "3019", false, SMS_NONE, MESSAGE_FAILED, RESEND_NONE, NULL},
        {"01012343018", NULL, "3018", false, SMS_LONG, MESSAGE_FAILED, RESEND_FAILED, NULL},
        {"01012343005", NULL, "3005", false, SMS_LONG, MESSAGE_FAILED, RESEND_NONE, "alimtalk"},
        {"01012343016", NULL, "3016", false, SMS_LONG, MESSAGE_FAILED, RESEND_SENT, "lms"},
        {"01012343012", NULL, "3012", false, SMS_LONG, MESSAGE_FAILED, RESEND_NONE, NULL},
        {"01012343012", NULL, "1000", true, SMS_LONG, MESSAGE_COMPLETED, RESEND_PLANNED, "alimtalk"},
        {"01012349999", NULL, "9999", false, SMS_NONE, MESSAGE_FAILED, RESEND_NONE, NULL},
        {"01012340000", "4133", "4133", false, SMS_NONE, MESSAGE_FAILED, RESEND_NONE, NULL},
        {"01012343012", "3027", "3027", true, SMS_LONG, MESSAGE_FAILED, RESEND_SENT, "lms"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct message *m = make(cases[i].phone, cases[i].sms, cases[i].forced, cases[i].again);
        assert_null(look(m, 0).code);
        assert_int_equal(look(m, 0).status, MESSAGE_REQUESTED);
        assert_int_equal(look(m, 100).status, MESSAGE_SENDING);
        assert_null(look(m, 299).code);
        assert_string_equal(look(m, 300).code, cases[i].code);
        struct message_state end = look(m, 600);
        assert_int_equal(end.status, cases[i].status);
        assert_int_equal(end.resend, cases[i].resend);
        assert_true(end.over);
        const char *seen = message_seen(m, NOW + 600).kind;
        if (cases[i].seen == NULL)
            assert_null(seen);
        else
            assert_string_equal(seen, cases[i].seen);
        free(m);
    }
}

static void a_text_message_on_its_way(void **state) {
    (void)state;
    struct message *m = make("01012343019", SMS_LONG, NULL, false);
    assert_int_equal(look(m, 0).resend, RESEND_PLANNED);
    assert_int_equal(look(m, 300).resend, RESEND_RUNNING);
    assert_false(look(m, 599).over);
    assert_int_equal(look(m, 599).changed_at, NOW + 300);
    assert_int_equal(look(m, 600).changed_at, NOW + 600);
    assert_null(message_seen(m, NOW + 599).kind);
    free(m);
}

static void a_text_that_cannot_be_said(void **state) {
    (void)state;
    struct message_draft d = {.request_id = "r", .phone = "01012343019", .template_code = "T", .sms = SMS_SHORT};
    struct message *m = message_make(&d, &pace, NOW);
    assert_int_equal(look(m, 600).resend, RESEND_FAILED);
    assert_null(message_seen(m, NOW + 600).kind);
    free(m);
}

static void in_progress_for_long(void **state) {
    (void)state;
    struct message *m = make("01012344161", SMS_LONG, NULL, false);
    struct message_state s = look(m, 300);
    assert_string_equal(s.code, "4161");
    assert_int_equal(s.status, MESSAGE_SENDING);
    assert_false(s.over);
    assert_null(message_seen(m, NOW + 5299).kind);
    s = look(m, 5300);
    assert_string_equal(s.code, "1000");
    assert_int_equal(s.changed_at, NOW + 5300);
    assert_true(s.over);
    assert_string_equal(message_seen(m, NOW + 5300).kind, "alimtalk");
    free(m);
}

static void scheduled(void **state) {
    (void)state;
    struct message_draft d = {
        .request_id = "r", .phone = "01012345678", .template_code = "T", .requested_at = NOW + 60000};
    struct message *m = message_make(&d, &pace, NOW);
    assert_int_equal(look(m, 60099).status, MESSAGE_REQUESTED);
    assert_int_equal(message_seen(m, NOW + 60100).at, NOW + 60100);
    free(m);
}

static void as_bytes(void **state) {
    (void)state;
    struct message *m = make("01012345678", SMS_LONG, NULL, false);
    assert_false(message_whole(m, m->size)); /* it has no number yet */
    m->number = 1;
    assert_true(message_whole(m, m->size));
    assert_string_equal(message_text(m, TEXT_BODY), "본문");
    assert_string_equal(message_text(m, TEXT_BUTTON), "");
    assert_false(message_whole(m, m->size - 1));
    assert_false(message_whole(m, sizeof *m));
    m->at[TEXT_SMS] = (uint32_t)m->size;
    assert_false(message_whole(m, m->size));
    free(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_ending),
        cmocka_unit_test(a_text_message_on_its_way),
        cmocka_unit_test(a_text_that_cannot_be_said),
        cmocka_unit_test(in_progress_for_long),
        cmocka_unit_test(scheduled),
        cmocka_unit_test(as_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
