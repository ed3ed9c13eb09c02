/* inbox_page - how a phone looks: a chat of KakaoTalk with text messages between, and the list of phones. Only HTML; it knows
 * nothing of how messages are kept. All texts are escaped here. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/strbuf.h"

struct inbox_bubble {
    int64_t at;
    const char *title;                /* of an LMS; "" */
    const char *text, *button, *link; /* link "": no button */
    bool newest;
};

void inbox_begin_chat(struct strbuf *b, const char *phone);
/* A line with the day, where it differs from *day_before (0: at the first one). */
void inbox_put_day(struct strbuf *b, int64_t at, int64_t *day_before);
void inbox_put_alimtalk(struct strbuf *b, const struct inbox_bubble *m);
void inbox_put_sms(struct strbuf *b, const struct inbox_bubble *m);
void inbox_end_chat(struct strbuf *b, bool empty);

void inbox_begin_list(struct strbuf *b);
void inbox_put_phone(struct strbuf *b, const char *phone, size_t count, const char *last, int64_t at);
/* `shown`: how many phones were put at most. */
void inbox_end_list(struct strbuf *b, size_t phones, size_t shown);
