/* checkout_page - the payment window as a page that a person clicks through, and the receipt. Plain HTML forms. */
#include <string.h>
#include "common/arena.h"
#include "checkout.h"
#include "form.h"
#include "page.h"
#include "routes.h"

#define PAGE_BYTES ((size_t)64 * 1024)

static void begin(struct exchange *x, struct strbuf *b, const char *title) {
    strbuf_init(b, x->http->arena, PAGE_BYTES);
    page_begin(b, title);
}

/* A page that only says something. */
static void answer_notice(struct exchange *x, const struct code *code, const char *title) {
    struct strbuf b;
    begin(x, &b, title);
    strbuf_puts(&b, "<p id=\"notice\" role=\"alert\">");
    page_text(&b, code->message);
    strbuf_puts(&b, "</p>\n");
    page_end(&b);
    answer_html(x, code->http, &b);
}

static void answer_refusal(struct exchange *x, const char *name) {
    static const struct {
        const char *code, *title;
    } titles[] = {
        {"NOT_FOUND_PAYMENT", "결제를 찾을 수 없습니다"},
        {"EXPIRED_PAYMENT", "결제 시간이 만료되었습니다"},
        {"INVALID_STATE", "이미 진행된 결제입니다"},
    };
    const char *title = "결제를 진행할 수 없습니다";
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        if (strcmp(titles[i].code, name) == 0) title = titles[i].title;
    answer_notice(x, code_find(name), title);
}

static void put_order(struct strbuf *b, const struct payment *p) {
    strbuf_puts(b, "<dl>\n");
    page_fact_begin(b, "주문", "order-name");
    page_text(b, p->order_name);
    page_fact_end(b);
    page_fact_begin(b, "주문번호", "order-id");
    page_text(b, p->order_id);
    page_fact_end(b);
    page_fact_begin(b, "결제 금액", "amount");
    page_won(b, p->amount);
    page_fact_end(b);
}

/* Mobile phone is offered only where the shop asked for it. */
static void put_methods(struct strbuf *b, const struct payment *p) {
    strbuf_puts(b, "<fieldset>\n<legend>결제 수단</legend>\n");
    for (int m = METHOD_CARD; m < METHOD_COUNT; m++) {
        if (m == METHOD_MOBILE_PHONE && p->method != METHOD_MOBILE_PHONE) continue;
        const struct method_info *i = &method_table[m];
        strbuf_printf(b,
                      "<label for=\"method-%s\"><input type=\"radio\" name=\"method\" id=\"method-%s\" value=\"%s\"%s>",
                      i->word, i->word, i->word, m == (int)p->method ? " checked" : "");
        strbuf_printf(b, "%s</label>\n", i->label);
    }
    strbuf_puts(b, "</fieldset>\n");
}

static void put_buttons(struct strbuf *b) {
    strbuf_puts(b, "<button class=\"main\" id=\"pay\" name=\"result\" value=\"success\">결제하기</button>\n"
                   "<div class=\"test\">\n<p id=\"test-hint\">다른 결과로 끝내기</p>\n"
                   "<button id=\"cancel\" name=\"result\" value=\"cancel\">취소</button>\n"
                   "<button id=\"fail\" name=\"result\" value=\"fail\">결제 실패</button>\n"
                   "<button id=\"tamper\" name=\"result\" value=\"tamper\">금액 변조</button>\n</div>\n");
}

void checkout_page(struct exchange *x) {
    struct strbuf b;
    begin(x, &b, "결제하기");
    book_enter(x->sb->book);
    const struct payment *p = find_payment(x, x->param[0]);
    const char *closed = checkout_closed(p);
    if (closed == NULL) {
        put_order(&b, p);
        strbuf_puts(&b, "</dl>\n<form method=\"post\">\n");
        put_methods(&b, p);
        put_buttons(&b);
        strbuf_puts(&b, "</form>\n");
    }
    book_leave(x->sb->book);
    page_end(&b);
    if (closed != NULL)
        answer_refusal(x, closed);
    else
        answer_html(x, 200, &b);
}

void checkout_pressed(struct exchange *x) {
    struct checkout_end end = {0};
    const struct checkout c = {.payment_key = x->param[0],
                               .result = form_value(x->http->arena, x->body, "result"),
                               .method = form_value(x->http->arena, x->body, "method")};
    const char *refusal = checkout_do(x, &c, &end);
    if (refusal != NULL)
        answer_refusal(x, refusal);
    else
        answer_redirect(x, end.url);
}

void receipt_page(struct exchange *x) {
    struct strbuf b;
    begin(x, &b, "결제 영수증");
    book_enter(x->sb->book);
    const struct payment *p = find_payment(x, x->param[0]);
    bool paid = p != NULL && p->approved_at != 0;
    if (paid) {
        put_order(&b, p);
        page_fact_begin(&b, "결제 수단", "method");
        page_text(&b, method_table[p->method].label);
        page_fact_end(&b);
        page_fact_begin(&b, "취소 후 잔액", "balance");
        page_won(&b, p->balance);
        page_fact_end(&b);
        strbuf_puts(&b, "</dl>\n");
    }
    book_leave(x->sb->book);
    page_end(&b);
    if (paid)
        answer_html(x, 200, &b);
    else
        answer_refusal(x, "NOT_FOUND_PAYMENT");
}
