/* inbox_page - see inbox_page.h. No script: the newest message has autofocus, so the browser scrolls to it. */
#include "inbox_page.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "common/timeutil.h"
#include "alimtalk_templates.h"
#include "page.h"

static const char style[] =
    ":root{color-scheme:light;--ink:#191919;--soft:#4a5560;--sky:#b9cbd9;--kakao:#fee500;--line:#d9dde1;--blue:#0b57d0}"
    "\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:#e8ebee;color:var(--ink);line-height:1.5;word-break:keep-all;overflow-wrap:anywhere;"
    "font-family:system-ui,'Apple SD Gothic Neo','Noto Sans KR','Noto Sans CJK KR','Malgun Gothic',sans-serif}\n"
    ".phone{max-width:30rem;min-height:100vh;margin:0 auto;background:#fff;display:flex;flex-direction:column}\n"
    ".chat{background:var(--sky)}\n"
    ".bar{position:sticky;top:0;display:flex;align-items:center;gap:.5rem;padding:.5rem .75rem;background:#fff;"
    "border-bottom:1px solid var(--line)}\n"
    ".chat .bar{background:#c6d5e0;border-color:#a9bccb}\n"
    ".bar h1{flex:1;margin:0;font-size:1.1rem}.bar "
    "span{display:block;font-size:.8rem;font-weight:400;color:var(--soft)}\n"
    ".bar a{min-width:2.75rem;min-height:2.75rem;display:grid;place-items:center;color:inherit;text-decoration:none;"
    "border-radius:.5rem;font-size:.9rem;padding:0 .5rem}\n"
    "main{flex:1;padding:.75rem}\nol,ul{list-style:none;margin:0;padding:0}\n"
    ".day{width:fit-content;margin:1rem auto;padding:.15rem "
    ".75rem;border-radius:1rem;background:#96aaba80;font-size:.8rem}\n"
    ".message{display:grid;grid-template-columns:2.75rem minmax(0,18rem) auto;column-gap:.5rem;margin:0 0 1rem;"
    "scroll-margin:5rem}\n"
    ".message:focus{outline:0}\n"
    ".face{grid-row:1/3;width:2.75rem;height:2.75rem;border-radius:1rem;display:grid;place-items:center;"
    "background:#3c1e1e;color:var(--kakao);font-weight:700}\n"
    ".sms .face{border-radius:50%;background:#5b6670;color:#fff;font-size:.8rem}\n"
    ".from{grid-column:2/4;margin:0 0 .25rem;font-size:.85rem}\n"
    ".bubble{border-radius:.75rem;background:#fff;overflow:hidden}\n"
    ".bubble h2{margin:0;padding:.5rem .875rem;background:var(--kakao);font-size:.9rem}\n"
    ".sms .bubble{background:#eef0f2;border-radius:.25rem 1.25rem 1.25rem 1.25rem}.sms "
    "h2{background:none;padding-bottom:0}\n"
    ".text{margin:0;padding:.75rem .875rem;white-space:pre-wrap}\n.text a{color:var(--blue)}\n"
    ".button{display:block;margin:0 .875rem .875rem;padding:.7rem;border-radius:.4rem;background:#f0f1f2;color:inherit;"
    "text-align:center;text-decoration:none;font-weight:600}\n.button:hover{background:#e2e4e6}\n"
    "time{align-self:end;font-size:.75rem;color:var(--soft);white-space:nowrap}.chat time{color:#38434d}\n"
    ".list li a{display:grid;grid-template-columns:1fr auto;gap:.1rem "
    ".75rem;padding:.875rem;color:inherit;text-decoration:none;"
    "border-bottom:1px solid var(--line)}\n.list li a:hover{background:#f5f6f7}\n"
    ".list strong{font-size:1.05rem}.list span{color:var(--soft);font-size:.9rem}"
    ".list .last{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;min-width:0}\n"
    ".none{padding:3rem 1rem;text-align:center;color:var(--soft)}.chat .none{color:#38434d}\n"
    "a:focus-visible{outline:3px solid var(--ink);outline-offset:2px}\n"
    "@media (min-width:40rem){body{padding:2rem 1rem}.phone{min-height:calc(100vh - 4rem);border-radius:1.5rem;"
    "box-shadow:0 4px 24px rgb(0 0 0/12%)}.bar{border-radius:1.5rem 1.5rem 0 0}}\n";

/* ---- texts ---- */

static void put_clock(struct strbuf *b, int64_t at) {
    char time[RFC3339_LEN + 1];
    time_rfc3339(at, time);
    long hour = strtol(time + 11, NULL, 10);
    strbuf_printf(b, "<time datetime=\"%s\">%s %ld:%.2s</time>", time, hour < 12 ? "오전" : "오후",
                  hour % 12 == 0 ? 12 : hour % 12, time + 14);
}

/* 010-1234-5678 */
static void put_number(struct strbuf *b, const char *phone) {
    size_t n = strlen(phone);
    bool plain = phone[strspn(phone, "0123456789")] == '\0' && n >= 9 && n <= 11 && *phone == '0';
    if (!plain) {
        page_text(b, phone);
        return;
    }
    size_t head = strncmp(phone, "02", 2) == 0 ? 2 : 3;
    strbuf_printf(b, "%.*s-%.*s-%s", (int)head, phone, (int)(n - 4 - head), phone + head, phone + n - 4);
}

static bool is_web(const char *link) { return strncmp(link, "http://", 7) == 0 || strncmp(link, "https://", 8) == 0; }

static void put_part(struct strbuf *b, const char *text, size_t n) {
    for (size_t i = 0; i < n; i++) page_text(b, (const char[]){text[i], '\0'});
}

/* Addresses in a text can be touched, as on a phone. */
static void put_linked(struct strbuf *b, const char *text) {
    while (*text != '\0') {
        size_t n = is_web(text) ? strcspn(text, " \t\n\"<>") : 0;
        if (n == 0) {
            put_part(b, text++, 1);
            continue;
        }
        strbuf_puts(b, "<a rel=\"noreferrer\" href=\"");
        put_part(b, text, n);
        strbuf_puts(b, "\">");
        put_part(b, text, n);
        strbuf_puts(b, "</a>");
        text += n;
    }
}

/* ---- the frame ---- */

static void begin(struct strbuf *b, const char *title, const char *class) {
    strbuf_puts(b, "<!doctype html>\n<html lang=\"ko\">\n<head>\n<meta charset=\"utf-8\">\n"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                   "<meta name=\"robots\" content=\"noindex\">\n<link rel=\"icon\" href=\"data:,\">\n<title>");
    page_text(b, title);
    strbuf_puts(b, "</title>\n<style>\n");
    strbuf_puts(b, style);
    strbuf_printf(b, "</style>\n</head>\n<body>\n<div class=\"phone %s\">\n<header class=\"bar\">", class);
}

static void end(struct strbuf *b) { strbuf_puts(b, "</main>\n</div>\n</body>\n</html>\n"); }

/* ---- a chat ---- */

void inbox_begin_chat(struct strbuf *b, const char *phone) {
    begin(b, CHANNEL_NAME, "chat");
    strbuf_puts(b, "<a href=\"/inbox\" aria-label=\"휴대폰 목록\">←</a><h1>" CHANNEL_NAME "<span id=\"phone\">");
    put_number(b, phone);
    strbuf_puts(b, "</span></h1><a href=\"?phone=");
    page_text(b, phone);
    strbuf_puts(b, "\">새로고침</a></header>\n<main>\n<ol>\n");
}

void inbox_put_day(struct strbuf *b, int64_t at, int64_t *day_before) {
    static const char *const weekdays[] = {"목", "금", "토", "일", "월", "화", "수"}; /* the epoch was a Thursday */
    const int32_t day = date_seoul(at);
    char text[11];
    if (day == *day_before) return;
    *day_before = day;
    date_format(day, text);
    strbuf_printf(b, "<li class=\"day\">%.4s년 %ld월 %ld일 %s요일</li>\n", text, strtol(text + 5, NULL, 10),
                  strtol(text + 8, NULL, 10), weekdays[day % 7]);
}

static void begin_message(struct strbuf *b, const struct inbox_bubble *m, const char *class, const char *face,
                          const char *from) {
    strbuf_printf(b, "<li class=\"message %s\"%s>", class, m->newest ? " id=\"newest\" tabindex=\"-1\" autofocus" : "");
    strbuf_printf(b, "<span class=\"face\" aria-hidden=\"true\">%s</span><p class=\"from\">%s</p>", face, from);
    strbuf_puts(b, "<div class=\"bubble\">");
}

static void put_text(struct strbuf *b, const char *text) {
    strbuf_puts(b, "<p class=\"text\">");
    put_linked(b, text);
    strbuf_puts(b, "</p>");
}

static void end_message(struct strbuf *b, int64_t at) {
    strbuf_puts(b, "</div>");
    put_clock(b, at);
    strbuf_puts(b, "</li>\n");
}

void inbox_put_alimtalk(struct strbuf *b, const struct inbox_bubble *m) {
    begin_message(b, m, "alimtalk", "전시", CHANNEL_NAME);
    strbuf_puts(b, "<h2>알림톡 도착</h2>");
    put_text(b, m->text);
    if (is_web(m->link)) {
        strbuf_puts(b, "<a class=\"button\" rel=\"noreferrer\" href=\"");
        page_text(b, m->link);
        strbuf_puts(b, "\">");
        page_text(b, m->button);
        strbuf_puts(b, "</a>");
    }
    end_message(b, m->at);
}

void inbox_put_sms(struct strbuf *b, const struct inbox_bubble *m) {
    begin_message(b, m, "sms", "문자", "문자메시지 [Web발신]");
    if (*m->title != '\0') {
        strbuf_puts(b, "<h2>");
        page_text(b, m->title);
        strbuf_puts(b, "</h2>");
    }
    put_text(b, m->text);
    end_message(b, m->at);
}

void inbox_end_chat(struct strbuf *b, bool empty) {
    strbuf_puts(b, "</ol>\n");
    if (empty) strbuf_puts(b, "<p class=\"none\">아직 받은 메시지가 없습니다.</p>\n");
    end(b);
}

/* ---- the list of phones ---- */

void inbox_begin_list(struct strbuf *b) {
    begin(b, "메시지를 받은 휴대폰", "list");
    strbuf_puts(b, "<h1>메시지를 받은 휴대폰</h1><a href=\"/inbox\">새로고침</a></header>\n<main>\n<ul>\n");
}

void inbox_put_phone(struct strbuf *b, const char *phone, size_t count, const char *last, int64_t at) {
    strbuf_puts(b, "<li><a href=\"/inbox?phone=");
    page_text(b, phone);
    strbuf_puts(b, "\"><strong>");
    put_number(b, phone);
    strbuf_printf(b, "</strong><span>%zu건</span><span class=\"last\">", count);
    put_part(b, last, strcspn(last, "\n"));
    strbuf_puts(b, "</span>");
    put_clock(b, at);
    strbuf_puts(b, "</a></li>\n");
}

void inbox_end_list(struct strbuf *b, size_t phones, size_t shown) {
    strbuf_puts(b, "</ul>\n");
    if (phones == 0) strbuf_puts(b, "<p class=\"none\">아직 메시지를 받은 휴대폰이 없습니다.</p>\n");
    if (phones > shown)
        strbuf_printf(b,
                      "<p class=\"none\">휴대폰 %zu대 중 %zu대만 보입니다. 주소에 ?phone=번호를 붙이면 열립니다.</p>\n",
                      phones, shown);
    end(b);
}
