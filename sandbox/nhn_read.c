/* nhn_read - the list of messages, one message, and the feed of results (reference §2.5). */
#include <stdlib.h>
#include <string.h>
#include "common/arena.h"
#include "alimtalk.h"
#include "form.h"
#include "message_book.h"
#include "nhn.h"

#define PAGE_SIZE 15
#define PAGE_SIZE_MAX 1000
#define RANGE_MS (31 * DAY_MS)
#define KEPT_MS (90 * DAY_MS)

/* ---- one message in the three forms ---- */

enum form { FORM_LIST, FORM_SINGLE, FORM_FEED };

static const char *const statuses[] = {[MESSAGE_REQUESTED] = "REQUESTED",
                                       [MESSAGE_SENDING] = "SENDING",
                                       [MESSAGE_COMPLETED] = "COMPLETED",
                                       [MESSAGE_FAILED] = "FAILED"};
static const struct {
    const char *code, *name;
} resends[] = {
    [RESEND_NONE] = {"RSC01", "대체 발송 미대상"}, [RESEND_PLANNED] = {"RSC02", "대체 발송 대상"},
    [RESEND_RUNNING] = {"RSC03", "대체 발송 중"},  [RESEND_SENT] = {"RSC04", "대체 발송 성공"},
    [RESEND_FAILED] = {"RSC05", "대체 발송 실패"},
};

static void put_texts(struct json_out *o, const struct message *m, const struct config *conf) {
    json_put_text(o, "plusFriendId", CHANNEL_ID);
    json_put_text(o, "senderKey", conf->sender_key);
    json_put_text(o, "templateCode", m->template_code);
    json_put_text(o, "recipientNo", m->phone);
    json_put_text(o, "content", message_text(m, TEXT_BODY));
    json_put_text(o, "createUser", message_text(m, TEXT_CREATED_BY));
    json_put_text(o, "senderGroupingKey", message_text(m, TEXT_GROUP));
    json_put_text(o, "recipientGroupingKey", message_text(m, TEXT_OWN_ID));
}

static void put_buttons(struct json_out *o, const struct message *m) {
    json_arr(o, "buttons");
    if (*message_text(m, TEXT_LINK) != '\0') {
        json_obj(o, NULL);
        json_put_int(o, "ordering", 1);
        json_put_text(o, "type", "WL");
        json_put_text(o, "name", message_text(m, TEXT_BUTTON));
        json_put_text(o, "linkMo", message_text(m, TEXT_LINK));
        json_obj_end(o);
    }
    json_arr_end(o);
}

static void put_message(struct exchange *x, struct json_out *o, const char *key, const struct message *m,
                        enum form form) {
    struct message_state s;
    message_look(m, x->now, &s);
    json_obj(o, key);
    json_put_text(o, "requestId", m->request_id);
    json_put_int(o, "recipientSeq", m->seq);
    if (form != FORM_FEED) put_texts(o, m, x->sb->conf);
    nhn_put_time(o, "requestDate", m->requested_at);
    nhn_put_time(o, "createDate", m->accepted_at);
    nhn_put_time(o, "receiveDate", s.received_at);
    json_put_text(o, "resendStatus", resends[s.resend].code);
    json_put_text(o, "resendStatusName", resends[s.resend].name);
    if (form != FORM_LIST && s.resend >= RESEND_SENT) {
        json_put_text(o, "resendResultCode", s.resend == RESEND_SENT ? "MTR1" : "MTR2");
        json_put_text(o, "resendRequestId", m->request_id);
    }
    json_put_text(o, "messageStatus", statuses[s.status]);
    if (s.code != NULL) {
        json_put_text(o, "resultCode", s.code);
        json_put_text(o, "resultCodeName", message_code_name(s.code));
    }
    if (form == FORM_SINGLE) put_buttons(o, m);
    json_obj_end(o);
}

/* ---- questions ---- */

struct range { /* both ends belong to it */
    int64_t from, to;
};
struct page {
    int64_t skip, left, found;
};
struct search {
    struct exchange *x;
    const char *request_id, *phone, *sender, *template_code, *group, *own_id, *status, *result; /* NULL: any */
    struct range requested, created, changed;                                                   /* to 0: any */
    struct page page;
    enum form form;
};

static const char *ask(const struct exchange *x, const char *name) {
    const char *value = form_value(x->http->arena, x->http->query, name);
    return value != NULL && *value != '\0' ? value : NULL;
}

/* NULL: read, or not asked for (range.to is 0). */
static const char *read_range(const struct exchange *x, const char *start, const char *end, struct range *r) {
    const char *from = ask(x, start), *to = ask(x, end);
    if (from == NULL && to == NULL) return NULL;
    if (from == NULL || to == NULL) return "-2002";
    if (!nhn_time(from, &r->from) || !nhn_time(to, &r->to) || r->to < r->from) return "-4103";
    if (r->to - r->from > RANGE_MS) return "-4003";
    return r->from < x->now - KEPT_MS ? "-4017" : NULL;
}

static int64_t number(const struct exchange *x, const char *name, int64_t usual, int64_t most) {
    const char *text = ask(x, name);
    if (text == NULL) return usual;
    size_t n = strspn(text, "0123456789");
    int64_t v = n > 0 && n < 10 && text[n] == '\0' ? strtoll(text, NULL, 10) : 0;
    return v >= 1 && v <= most ? v : -1;
}

static const char *read_page(const struct exchange *x, struct page *p) {
    int64_t at = number(x, "pageNum", 1, 1000000), size = number(x, "pageSize", PAGE_SIZE, PAGE_SIZE_MAX);
    if (at < 0 || size < 0) return "-2001";
    *p = (struct page){.skip = (at - 1) * size, .left = size};
    return NULL;
}

static const char *read_search(struct search *s) {
    const struct exchange *x = s->x;
    s->request_id = ask(x, "requestId");
    s->phone = ask(x, "recipientNo");
    s->sender = ask(x, "senderKey");
    s->template_code = ask(x, "templateCode");
    s->group = ask(x, "senderGroupingKey");
    s->own_id = ask(x, "recipientGroupingKey");
    s->status = ask(x, "messageStatus");
    s->result = ask(x, "resultCode");
    const char *refusal = read_range(x, "startRequestDate", "endRequestDate", &s->requested);
    if (refusal == NULL) refusal = read_range(x, "startCreateDate", "endCreateDate", &s->created);
    if (refusal == NULL && s->request_id == NULL && s->requested.to == 0 && s->created.to == 0) refusal = "-2002";
    return refusal != NULL ? refusal : read_page(x, &s->page);
}

static bool within(const struct range *r, int64_t at) { return r->to == 0 || (at >= r->from && at <= r->to); }
static bool like(const char *wanted, const char *have) { return wanted == NULL || strcmp(wanted, have) == 0; }

/* MRC01: it arrived, MRC02: it did not. */
static bool like_result(const char *wanted, enum message_status have) {
    if (wanted == NULL) return true;
    return strcmp(wanted, "MRC01") == 0 ? have == MESSAGE_COMPLETED
                                        : strcmp(wanted, "MRC02") == 0 && have == MESSAGE_FAILED;
}

static bool fits(const struct search *s, const struct message *m) {
    struct message_state now;
    message_look(m, s->x->now, &now);
    if (s->changed.to != 0 && now.changed_at == 0) return false;
    return within(&s->requested, m->requested_at) && within(&s->created, m->accepted_at) &&
           within(&s->changed, now.changed_at) && like(s->request_id, m->request_id) && like(s->phone, m->phone) &&
           like(s->sender, s->x->sb->conf->sender_key) && like(s->template_code, m->template_code) &&
           like(s->group, message_text(m, TEXT_GROUP)) && like(s->own_id, message_text(m, TEXT_OWN_ID)) &&
           like(s->status, statuses[now.status]) && like_result(s->result, now.status);
}

/* Writes the page; counts all. */
static void search(struct search *s, struct json_out *o) {
    struct message_book *book = s->x->sb->messages;
    messages_enter(book);
    for (uint64_t n = messages_first(book); n < messages_end(book); n++) {
        const struct message *m = messages_at(book, n);
        if (m == NULL || m->provider != PROVIDER_NHN || !fits(s, m)) continue;
        if (s->page.found++ < s->page.skip || s->page.left-- <= 0) continue;
        if (o != NULL) put_message(s->x, o, NULL, m, s->form);
    }
    messages_leave(book);
}

/* ---- calls ---- */

void nhn_list(struct exchange *x) {
    struct search s = {.x = x, .form = FORM_LIST};
    struct strbuf b;
    struct json_out o;
    const char *refusal = read_search(&s);
    if (refusal != NULL) {
        nhn_answer(x, refusal);
        return;
    }
    nhn_begin(x, &b, &o, "0");
    json_obj(&o, "messageSearchResultResponse");
    json_arr(&o, "messages");
    search(&s, &o);
    json_arr_end(&o);
    json_put_int(&o, "totalCount", s.page.found);
    json_obj_end(&o);
    json_obj_end(&o);
    answer_json(x, 200, &b);
}

void nhn_single(struct exchange *x) {
    struct strbuf b;
    struct json_out o;
    size_t digits = strspn(x->param[2], "0123456789");
    int seq = digits < 8 && x->param[2][digits] == '\0' ? (int)strtol(x->param[2], NULL, 10) : 0;
    messages_enter(x->sb->messages);
    const struct message *m = messages_by_request(x->sb->messages, x->param[1], seq);
    bool found = m != NULL && m->provider == PROVIDER_NHN;
    if (found) {
        nhn_begin(x, &b, &o, "0");
        put_message(x, &o, "message", m, FORM_SINGLE);
        json_obj_end(&o);
    }
    messages_leave(x->sb->messages);
    if (found)
        answer_json(x, 200, &b);
    else
        nhn_answer(x, "-1016");
}

static const char *read_feed(struct search *s) {
    const char *refusal = read_range(s->x, "startUpdateDate", "endUpdateDate", &s->changed);
    if (refusal == NULL && s->changed.to == 0) refusal = "-2002";
    return refusal != NULL ? refusal : read_page(s->x, &s->page);
}

/* The feed, or only how long it is. */
static void results(struct exchange *x, bool rows) {
    struct search s = {.x = x, .form = FORM_FEED};
    struct strbuf b;
    struct json_out o;
    const char *refusal = read_feed(&s);
    if (refusal != NULL) {
        nhn_answer(x, refusal);
        return;
    }
    nhn_begin(x, &b, &o, "0");
    if (rows) json_arr(&o, "messages");
    search(&s, rows ? &o : NULL);
    if (rows) json_arr_end(&o);
    if (!rows) json_put_int(&o, "totalCount", s.page.found);
    json_obj_end(&o);
    answer_json(x, 200, &b);
}

void nhn_results(struct exchange *x) { results(x, true); }
void nhn_results_count(struct exchange *x) { results(x, false); }
