/* kakaoi_send - POST /v2/send/kakao: one message, its text filled in by the sender (reference §3.2). */
#include <string.h>
#include "common/arena.h"
#include "alimtalk.h"
#include "kakaoi.h"
#include "message_book.h"
#include "template_text.h"

struct order {
    const char *sender_key, *template_code;
    struct message_draft draft;
    struct sms_wish sms;
    struct template_view template;
};

/* Buttons are judged on the way only, so a button that is wrong costs a message (measured, §3.2). */
static bool read_button(struct exchange *x, struct order *order) {
    struct json_in button;
    const char *link = alimtalk_link(x->http->arena, &order->template);
    size_t n = json_array(&x->in, "button", 0, 5, JSON_OPTIONAL);
    if (n != (link != NULL ? 1 : 0)) return false;
    if (n == 0) return true;
    if (!json_item(&x->in, "button", 0, &button)) return false;
    const char *type = json_text(&button, "type", 1, 2, JSON_REQUIRED);
    const char *name = json_text(&button, "name", 1, 14, JSON_REQUIRED);
    const char *mobile = json_text(&button, "url_mobile", 1, 500, JSON_REQUIRED);
    order->draft.text[TEXT_BUTTON] = name;
    order->draft.text[TEXT_LINK] = mobile;
    return type != NULL && name != NULL && mobile != NULL && strcmp(type, "WL") == 0 &&
           strcmp(name, order->template.approved->button) == 0 && pattern_match(link, mobile) &&
           !json_has(&button, "url_pc");
}

static void read_sms(struct exchange *x, struct order *order) {
    struct json_in *in = &x->in;
    struct sms_wish *w = &order->sms;
    if (!json_has(in, "fall_back_yn")) json_bad(in, "fall_back_yn", BAD_MISSING);
    w->wanted = json_bool(in, "fall_back_yn", JSON_OPTIONAL);
    const enum json_need need = w->wanted ? JSON_REQUIRED : JSON_OPTIONAL;
    const char *kind = json_text(in, "fall_back_message_type", 2, 2, need);
    w->title = json_text(in, "fall_back_title", 1, 120, JSON_OPTIONAL);
    w->text = json_text(in, "fall_back_message", 1, 4000, need);
    if (kind != NULL && strcmp(kind, "SM") != 0 && strcmp(kind, "LM") != 0)
        json_bad(in, "fall_back_message_type", BAD_RANGE);
    w->kind = kind != NULL && *kind == 'S' ? SMS_SHORT : SMS_LONG;
}

static const char *read_order(struct exchange *x, struct order *order) {
    struct json_in *in = &x->in;
    struct message_draft *d = &order->draft;
    const char *type = json_text(in, "message_type", 2, 2, JSON_REQUIRED);
    order->sender_key = json_text(in, "sender_key", 1, 40, JSON_REQUIRED);
    order->template_code = json_text(in, "template_code", 1, 30, JSON_REQUIRED);
    d->phone = json_text(in, "phone_number", 1, PHONE_MAX, JSON_REQUIRED);
    d->text[TEXT_OWN_ID] = json_text(in, "cid", 1, 100, JSON_REQUIRED);
    d->text[TEXT_BODY] = json_text(in, "message", 1, 1000, JSON_REQUIRED);
    const char *from = json_text(in, "sender_no", 1, 20, JSON_REQUIRED);
    const char *registered = x->sb->conf->sms_sender;
    read_sms(x, order);
    if (x->bad.n > 0 || strcmp(type, "AT") != 0) return "API_400";
    if (*registered != '\0' && strcmp(from, registered) != 0) return "API_410";
    return NULL;
}

/* NULL: it may go. Inside the book of messages. */
static const char *refusal_of(struct exchange *x, struct order *order) {
    if (strcmp(order->sender_key, x->sb->conf->sender_key) != 0) return "API_402";
    if (messages_by_own_id(x->sb->messages, PROVIDER_KAKAOI, order->draft.text[TEXT_OWN_ID]) != NULL) return "API_409";
    if (!alimtalk_phone_ok(order->draft.phone)) return "ERR50025";
    if (!templates_find(x->sb->templates, order->template_code, &order->template)) return "ERR41001";
    switch (order->template.state) {
    case TEMPLATE_REQUESTED:
    case TEMPLATE_REJECTED:
    case TEMPLATE_DORMANT: return "ERR41001";
    case TEMPLATE_BLOCKED: order->draft.forced_code = "4133"; break;
    default: break;
    }
    return pattern_match(order->template.text, order->draft.text[TEXT_BODY]) ? NULL : "ERR42009";
}

void kakaoi_send(struct exchange *x) {
    struct order order = {.draft = {.provider = PROVIDER_KAKAOI, .seq = 1}};
    char uid[REQUEST_ID_LEN + 1];
    const char *refusal = read_order(x, &order), *cid = order.draft.text[TEXT_OWN_ID];
    alimtalk_request_id(x->now, uid);
    messages_enter(x->sb->messages);
    if (refusal == NULL) refusal = refusal_of(x, &order);
    if (refusal == NULL) {
        order.draft.request_id = uid;
        order.draft.template_code = order.template.approved->code;
        if (!read_button(x, &order)) order.draft.forced_code = "3027";
        alimtalk_sms(x->http->arena, &order.sms, &order.draft);
        if (!alimtalk_accept(x, &order.draft)) refusal = "API_500";
    }
    messages_leave(x->sb->messages);
    if (refusal == NULL)
        kakaoi_answer_send(x, "100", "API_200", uid, cid);
    else
        kakaoi_answer_send(x, "400", refusal, NULL, cid);
}
