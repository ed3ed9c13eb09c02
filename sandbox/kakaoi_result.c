/* kakaoi_result - results by groups that have to be acknowledged, and the search for one message (reference §3.3). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/timeutil.h"
#include "journal.h"
#include "kakaoi.h"
#include "message_book.h"

#define GROUP_MAX 100
#define GROUP_TEXT 24

/* ---- one row ---- */

static void put_time(struct json_out *o, const char *key, int64_t ms) {
    char time[RFC3339_LEN + 1], text[32];
    time_rfc3339(ms, time);
    snprintf(text, sizeof text, "%.10s %.8s", time, time + 11);
    json_put_text(o, key, ms != 0 ? text : NULL);
}

static const char *arrived(bool yes) { return yes ? "API_200" : "API_500"; }

static void put_row(struct json_out *o, const struct message *m, int64_t now, int64_t seq_no) {
    struct message_state s;
    message_look(m, now, &s);
    const bool sms = s.resend >= RESEND_SENT, over = s.over;
    json_obj(o, NULL);
    json_put_int(o, "seq_no", seq_no);
    json_put_text(o, "uid", m->request_id);
    json_put_text(o, "cid", message_text(m, TEXT_OWN_ID));
    json_put_text(o, "status_code", over ? arrived(s.status == MESSAGE_COMPLETED || s.resend == RESEND_SENT) : NULL);
    json_put_text(o, "kko_status_code", over ? s.code : NULL);
    json_put_text(o, "kko_message", over ? message_code_name(s.code) : NULL);
    json_put_text(o, "sms_status_code", sms ? arrived(s.resend == RESEND_SENT) : NULL);
    put_time(o, "ended_date", over ? s.changed_at : 0);
    json_put_text(o, "ended_yn", over ? "Y" : "N");
    json_obj_end(o);
}

/* ---- groups ---- */

static bool waits(const struct message *m) { return m->provider == PROVIDER_KAKAOI && !m->reported; }

/* The group that was told and not acknowledged, or a new one of what is over by now; 0: nothing is. */
static int64_t open_group(struct message_book *b, int64_t now) {
    const struct message *oldest = NULL;
    int64_t n = 0;
    for (uint64_t i = messages_first(b); i < messages_end(b); i++) {
        const struct message *m = messages_at(b, i);
        if (m != NULL && waits(m) && m->report_group != 0) return m->report_group;
    }
    for (uint64_t i = messages_first(b); i < messages_end(b) && n < GROUP_MAX; i++) {
        struct message_state s;
        struct message *m = messages_at(b, i);
        if (m == NULL || !waits(m)) continue;
        message_look(m, now, &s);
        if (!s.over) continue;
        if (oldest == NULL) oldest = m;
        m->report_group = now;
        n++;
    }
    return oldest != NULL ? oldest->report_group : 0;
}

void kakaoi_results(struct exchange *x) {
    struct message_book *book = x->sb->messages;
    struct strbuf b;
    struct json_out o;
    char group_no[GROUP_TEXT];
    int64_t seq_no = 0;
    kakaoi_begin(x, &b, &o, "200");
    messages_enter(book);
    const int64_t group = open_group(book, x->now);
    snprintf(group_no, sizeof group_no, "%lld", (long long)group);
    json_put_text(&o, "report_group_no", group != 0 ? group_no : NULL);
    json_arr(&o, "results");
    for (uint64_t i = messages_first(book); group != 0 && i < messages_end(book); i++) {
        const struct message *m = messages_at(book, i);
        if (m != NULL && waits(m) && m->report_group == group) put_row(&o, m, x->now, ++seq_no);
    }
    messages_leave(book);
    json_arr_end(&o);
    json_obj_end(&o);
    answer_json(x, 200, &b);
}

void kakaoi_complete(struct exchange *x) {
    struct message_book *book = x->sb->messages;
    const int64_t group = strtoll(x->param[0], NULL, 10);
    bool known = false;
    messages_enter(book);
    for (uint64_t i = messages_first(book); group != 0 && i < messages_end(book); i++) {
        struct message *m = messages_at(book, i);
        if (m == NULL || !waits(m) || m->report_group != group) continue;
        m->reported = known = true;
        journal_message(x->sb->journal, m);
    }
    messages_leave(book);
    kakaoi_answer(x, known ? "API_200" : "API_404");
}

/* ---- search ---- */

static void answer_found(struct exchange *x, const char *uid, const char *cid) {
    struct message_book *book = x->sb->messages;
    struct strbuf b;
    struct json_out o;
    kakaoi_begin(x, &b, &o, "200");
    json_arr(&o, "results");
    messages_enter(book);
    const struct message *m =
        cid != NULL ? messages_by_own_id(book, PROVIDER_KAKAOI, cid) : messages_by_request(book, uid, 1);
    if (m != NULL && m->provider == PROVIDER_KAKAOI && (uid == NULL || strcmp(m->request_id, uid) == 0))
        put_row(&o, m, x->now, 1);
    messages_leave(book);
    json_arr_end(&o);
    json_obj_end(&o);
    answer_json(x, 200, &b);
}

void kakaoi_search(struct exchange *x) {
    const char *cid = json_text(&x->in, "cid", 1, 100, JSON_OPTIONAL);
    const char *uid = json_text(&x->in, "uid", 1, 100, JSON_OPTIONAL);
    if (x->bad.n > 0 || (cid == NULL && uid == NULL))
        kakaoi_answer(x, "API_400");
    else
        answer_found(x, uid, cid);
}

void kakaoi_search_detail(struct exchange *x) { answer_found(x, x->param[0], NULL); }
