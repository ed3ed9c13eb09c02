/* nhn_send - POST …/messages (NHN fills in the template) and …/raw-messages (the sender has). Reference §2.2, §2.3, §8.2. */
#include <stdlib.h>
#include <string.h>
#include "common/arena.h"
#include "common/utf8.h"
#include "alimtalk.h"
#include "message_book.h"
#include "nhn.h"
#include "template_text.h"

#define RECIPIENTS_MAX 1000
#define BODY_CHARS 1300
#define LINK_CHARS 500
#define FILLED_BYTES ((size_t)64 * 1024)
#define AHEAD_MS (60 * DAY_MS)
#define OK_CODE "0"

struct batch {
    struct exchange *x;
    bool raw;
    struct template_view template;
    const char *link; /* the approved one; NULL: none */
    const char *group, *created_by, *key;
    int64_t requested_at;
    char request_id[REQUEST_ID_LEN + 1];
};
/* One recipient: what is read of it, and the message to be. */
struct recipient {
    struct json_in in;
    struct json_faults faults;
    struct message_draft draft;
};

static const char *of_faults(const struct json_faults *f) {
    switch (f->item[0].fault) {
    case BAD_MISSING: return "-2002";
    case BAD_LENGTH: return "-2004";
    default: return "-2001";
    }
}

/* ---- the outer fields ---- */

static const char *read_schedule(struct batch *b) {
    const char *at = json_text(&b->x->in, "requestDate", 1, 40, JSON_OPTIONAL);
    if (at == NULL) return NULL;
    if (!nhn_time(at, &b->requested_at)) return "-2027";
    if (b->requested_at + MINUTE_MS <= b->x->now) return "-2025";
    return b->requested_at > b->x->now + AHEAD_MS ? "-2026" : NULL;
}

/* NULL: everything but the recipients is as it should be. */
static const char *read_batch(struct batch *b) {
    struct exchange *x = b->x;
    struct json_in *in = &x->in;
    const char *sender = json_text(in, "senderKey", 1, 40, JSON_REQUIRED);
    const char *code = json_text(in, "templateCode", 1, TEMPLATE_CODE_MAX, JSON_REQUIRED);
    b->group = json_text(in, "senderGroupingKey", 1, 100, JSON_OPTIONAL);
    b->created_by = json_text(in, "createUser", 1, 100, JSON_OPTIONAL);
    b->key = http_header(x->http, NHN_IDEMPOTENCY_HEADER);
    json_array(in, "recipientList", 1, RECIPIENTS_MAX, JSON_REQUIRED);
    if (x->bad.n > 0) return of_faults(&x->bad);
    if (strcmp(sender, x->sb->conf->sender_key) != 0) return "-2017";
    if (!templates_find(x->sb->templates, code, &b->template)) return "-3003";
    switch (b->template.state) {
    case TEMPLATE_REQUESTED:
    case TEMPLATE_REJECTED:
    case TEMPLATE_DORMANT: return "-3005";
    default: break;
    }
    b->link = alimtalk_link(x->http->arena, &b->template);
    return read_schedule(b);
}

/* ---- text and button ---- */

static const char *parameter(void *params, const char *name) {
    return json_text(params, name, 0, BODY_CHARS, JSON_REQUIRED);
}

static const char *filled(struct arena *a, const char *pattern, struct json_in *params) {
    struct strbuf b;
    strbuf_init(&b, a, FILLED_BYTES);
    return pattern_fill(&b, pattern, parameter, params) && strbuf_ok(&b) ? b.data : NULL;
}

static const char *of_parameters(const struct json_faults *f) {
    for (size_t i = 0; i < f->n; i++) {
        if (strchr(f->item[i].field, '@') != NULL) return "-3347";
        switch (f->item[i].fault) {
        case BAD_LENGTH: return "-3048";
        case BAD_TYPE:
        case BAD_FORMAT: return "-3004";
        default: break; /* one too few or too many */
        }
    }
    return "-3049";
}

static const char *fill_in(const struct batch *b, struct recipient *r) {
    struct arena *a = b->x->http->arena;
    struct json_in params;
    struct json_faults none = {0};
    if (!json_child(&r->in, "templateParameter", &params, JSON_OPTIONAL)) json_open(&params, a, &none, "", 0, true);
    params.faults = &r->faults;
    r->draft.text[TEXT_BODY] = filled(a, b->template.text, &params);
    if (b->link != NULL) r->draft.text[TEXT_LINK] = filled(a, b->link, &params);
    json_end(&params);
    if (r->faults.n > 0) return of_parameters(&r->faults);
    r->draft.text[TEXT_BUTTON] = b->template.approved->button;
    if (r->draft.text[TEXT_BODY] == NULL || utf8_count(r->draft.text[TEXT_BODY]) > BODY_CHARS) return "-2019";
    if (b->link != NULL && utf8_count(r->draft.text[TEXT_LINK]) > LINK_CHARS) return "-2018";
    return OK_CODE;
}

static const char *read_button(const struct batch *b, struct recipient *r) {
    struct json_in button;
    size_t n = json_array(&r->in, "buttons", 0, 5, JSON_OPTIONAL);
    if (r->faults.n > 0) return "-2018";
    if (n != (b->link != NULL ? 1 : 0)) return "-3011";
    if (n == 0) return OK_CODE;
    if (!json_item(&r->in, "buttons", 0, &button)) return "-2018";
    const char *type = json_text(&button, "type", 1, 2, JSON_REQUIRED);
    const char *name = json_text(&button, "name", 1, 14, JSON_REQUIRED);
    const char *link = json_text(&button, "linkMo", 1, LINK_CHARS, JSON_REQUIRED);
    if (r->faults.n > 0) return "-2018";
    if (strncmp(link, "http://", 7) != 0 && strncmp(link, "https://", 8) != 0) return "-3006";
    if (strcmp(type, "WL") != 0 || strcmp(name, b->template.approved->button) != 0 || !pattern_match(b->link, link) ||
        json_has(&button, "linkPc"))
        return "-3011";
    r->draft.text[TEXT_BUTTON] = name;
    r->draft.text[TEXT_LINK] = link;
    return OK_CODE;
}

static const char *take_text(const struct batch *b, struct recipient *r) {
    const char *text = json_text(&r->in, "content", 1, BODY_CHARS, JSON_REQUIRED);
    if (r->faults.n > 0) return r->faults.item[0].fault == BAD_LENGTH ? "-2019" : of_faults(&r->faults);
    if (!pattern_match(b->template.text, text)) return "-3010";
    r->draft.text[TEXT_BODY] = text;
    return read_button(b, r);
}

/* ---- the text message instead ---- */

static const char *usual_sms(struct arena *a, const struct message_draft *d) {
    const char *body = d->text[TEXT_BODY], *link = d->text[TEXT_LINK];
    return link != NULL ? arena_printf(a, "%s\n%s - %s", body, d->text[TEXT_BUTTON], link) : body;
}

static const char *read_resend(const struct batch *b, struct recipient *r) {
    struct json_in in;
    struct arena *a = b->x->http->arena;
    const char *registered = b->x->sb->conf->sms_sender;
    if (!json_child(&r->in, "resendParameter", &in, JSON_OPTIONAL)) return r->faults.n > 0 ? "-2001" : OK_CODE;
    struct sms_wish wish = {.wanted = json_bool(&in, "isResend", JSON_OPTIONAL)};
    const char *kind = json_text(&in, "resendType", 1, 10, JSON_OPTIONAL);
    const char *from = json_text(&in, "resendSendNo", 1, 13, JSON_OPTIONAL);
    wish.title = json_text(&in, "resendTitle", 1, 120, JSON_OPTIONAL);
    wish.text = json_text(&in, "resendContent", 1, 4000, JSON_OPTIONAL);
    if (r->faults.n > 0) return "-4200";
    if (!wish.wanted) return OK_CODE;
    if (from == NULL) return "-2502";
    if (from[strspn(from, "0123456789")] != '\0' || (*registered != '\0' && strcmp(from, registered) != 0))
        return "-1003";
    if (kind != NULL && strcmp(kind, "SMS") != 0 && strcmp(kind, "LMS") != 0) return "-4200";
    if (kind != NULL) wish.kind = *kind == 'S' ? SMS_SHORT : SMS_LONG;
    if (wish.text == NULL) wish.text = usual_sms(a, &r->draft);
    if (wish.text == NULL) return "-9999";
    alimtalk_sms(a, &wish, &r->draft);
    return OK_CODE;
}

/* ---- recipients ---- */

static const char *read_recipient(const struct batch *b, struct recipient *r) {
    struct message_draft *d = &r->draft;
    d->phone = json_text(&r->in, "recipientNo", 1, PHONE_MAX, JSON_REQUIRED);
    d->text[TEXT_OWN_ID] = json_text(&r->in, "recipientGroupingKey", 1, 100, JSON_OPTIONAL);
    if (d->phone == NULL) return r->faults.item[0].fault == BAD_MISSING ? "-2002" : "-5000";
    if (r->faults.n > 0) return of_faults(&r->faults);
    if (!alimtalk_phone_ok(d->phone)) return "-5000";
    const char *code = b->raw ? take_text(b, r) : fill_in(b, r);
    return strcmp(code, OK_CODE) == 0 ? read_resend(b, r) : code;
}

static const char *take_recipient(const struct batch *b, size_t i, struct recipient *r) {
    struct sandbox *sb = b->x->sb;
    *r = (struct recipient){.draft = {.provider = PROVIDER_NHN,
                                      .request_id = b->request_id,
                                      .template_code = b->template.approved->code,
                                      .seq = (int)i + 1,
                                      .requested_at = b->requested_at}};
    if (!json_item(&b->x->in, "recipientList", i, &r->in)) return "-2001";
    r->in.faults = &r->faults;
    const char *code = read_recipient(b, r);
    if (strcmp(code, OK_CODE) != 0) return code;
    r->draft.text[TEXT_GROUP] = b->group;
    r->draft.text[TEXT_CREATED_BY] = b->created_by;
    r->draft.text[TEXT_IDEMPOTENCY_KEY] = b->key;
    if (b->template.state == TEMPLATE_BLOCKED) r->draft.forced_code = "4133";
    messages_enter(sb->messages);
    bool taken = alimtalk_accept(b->x, &r->draft);
    messages_leave(sb->messages);
    return taken ? OK_CODE : "-9999";
}

static void put_result(struct json_out *o, const struct recipient *r, const char *code) {
    json_obj(o, NULL);
    json_put_int(o, "recipientSeq", r->draft.seq);
    json_put_text(o, "recipientNo", r->draft.phone);
    json_put_int(o, "resultCode", strtoll(code, NULL, 10));
    json_put_text(o, "resultMessage", codebook_find(&nhn_codes, code)->message);
    json_put_text(o, "recipientGroupingKey", r->draft.text[TEXT_OWN_ID]);
    json_obj_end(o);
}

static void send(struct exchange *x, bool raw) {
    struct batch b = {.x = x, .raw = raw};
    struct strbuf text, results;
    struct json_out o, each = {.b = &results};
    const char *refusal = read_batch(&b);
    if (refusal != NULL) {
        nhn_answer(x, refusal);
        return;
    }
    alimtalk_request_id(x->now, b.request_id);
    strbuf_init(&results, x->http->arena, (size_t)4 * 1024 * 1024);
    size_t n = json_array(&x->in, "recipientList", 1, RECIPIENTS_MAX, JSON_REQUIRED), taken = 0;
    json_arr(&each, NULL);
    for (size_t i = 0; i < n; i++) {
        struct recipient r;
        const char *code = take_recipient(&b, i, &r);
        taken += strcmp(code, OK_CODE) == 0;
        put_result(&each, &r, code);
    }
    json_arr_end(&each);
    nhn_begin(x, &text, &o, taken > 0 ? OK_CODE : "-1031");
    json_obj(&o, "message");
    json_put_text(&o, "requestId", b.request_id);
    json_put_text(&o, "senderGroupingKey", b.group);
    json_put_raw(&o, "sendResults", results.data);
    json_obj_end(&o);
    json_obj_end(&o);
    answer_json(x, 200, &text);
}

void nhn_messages(struct exchange *x) { send(x, false); }
void nhn_raw_messages(struct exchange *x) { send(x, true); }
