/* For tests of providers: a template, a message of it, and a configuration, with the values of the reference's examples. */
#pragma once
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/test_arena.h"
#include "provider.h"
#include "template.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define SENDER_KEY "0123456789abcdef0123456789abcdef01234567"

static const struct template ticket_paid = {
    .key = "paid",
    .code = "TICKET_PAID",
    .text = "#{이름}님, \"#{전시명}\" 예매\n#{예매번호}",
    .button = "입장권 보기",
    .link = "https://shop.example/ticket/#o=#{예매번호}",
    .fallback_title = "예매 완료",
    .fallback = "#{전시명} #{문자}",
    .vars = {{"이름", 20}, {"전시명", 40}, {"예매번호", 30}, {"문자", 10}}, /* the last one only in the text message */
    .n_vars = 4,
};
static const char *const ticket_values[] = {"홍길동", "빛의 정원", "ORD20260301001", "!"};

static struct outgoing ticket(const char *own_id, const char *key) {
    return (struct outgoing){.own_id = own_id,
                             .key = key,
                             .phone = "01012345678",
                             .template = &ticket_paid,
                             .values = ticket_values,
                             .text = "홍길동님, \"빛의 정원\" 예매\nORD20260301001",
                             .fallback = "빛의 정원 !",
                             .submitted_ms = INT64_C(1772290800000), /* 2026-03-01T00:00:00+09:00 */
                             .last_submitted_ms = INT64_C(1772290800000)};
}

static const struct provider_conf test_conf = {.base_url = "http://127.0.0.1:1",
                                               .app_key = "APP/KEY",
                                               .secret_key = "the-secret",
                                               .sender_key = SENDER_KEY,
                                               .sms_sender = "0212345678",
                                               .plain_http = true};
