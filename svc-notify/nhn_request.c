#include "nhn_request.h"

#include <string.h>

#include "common/arena.h"
#include "common/json.h"
#include "common/strbuf.h"
#include "common/timeutil.h"
#include "template.h"

enum { BODY_MAX = 4 << 20, PATH_MAX_BYTES = 2048, NAME_MAX_BYTES = 256 };
enum { LOOK_UP_ROWS = 100 };
static const int64_t minute_ms = 60000;
/* Their clock is not ours, and a request may have been read late. */
static const int64_t around_ms = 10 * minute_ms;
/* A query spans 30 days at most. */
static const int64_t span_max_ms = INT64_C(29) * 24 * 60 * minute_ms;

/* ---- addresses ---- */
static void start_path(struct strbuf *b, struct arena *a, const struct provider_conf *conf) {
    strbuf_init(b, a, PATH_MAX_BYTES);
    strbuf_puts(b, "/alimtalk/v2.3/appkeys/");
    strbuf_segment(b, conf->app_key);
}

static const char *finish_path(const struct strbuf *b) { return strbuf_ok(b) ? b->data : NULL; }

/* yyyy-MM-dd HH:mm in Seoul. */
static void put_minute(struct strbuf *b, const char *name, int64_t ms) {
    char text[RFC3339_LEN + 1];
    time_rfc3339(ms, text);
    strbuf_printf(b, "%s=%.10s%%20%.5s", name, text, text + 11);
}

const char *nhn_messages_path(struct arena *a, const struct provider_conf *conf) {
    struct strbuf b;
    start_path(&b, a, conf);
    strbuf_puts(&b, "/messages");
    return finish_path(&b);
}

const char *nhn_look_up_path(struct arena *a, const struct provider_conf *conf, const struct outgoing *m) {
    struct strbuf b;
    start_path(&b, a, conf);
    if (m->request_id != NULL) {
        strbuf_puts(&b, "/messages/");
        strbuf_segment(&b, m->request_id);
        strbuf_printf(&b, "/%d", m->recipient_seq);
        return finish_path(&b);
    }
    int64_t to = m->last_submitted_ms + around_ms, from = m->submitted_ms - around_ms;
    if (from < to - span_max_ms) from = to - span_max_ms;
    strbuf_puts(&b, "/messages?");
    put_minute(&b, "startCreateDate", from);
    put_minute(&b, "&endCreateDate", to);
    strbuf_puts(&b, "&recipientGroupingKey=");
    strbuf_segment(&b, m->own_id);
    strbuf_printf(&b, "&pageNum=1&pageSize=%d", LOOK_UP_ROWS);
    return finish_path(&b);
}

const char *nhn_feed_path(struct arena *a, const struct provider_conf *conf, int64_t from_ms, int64_t to_ms, int page) {
    struct strbuf b;
    start_path(&b, a, conf);
    strbuf_puts(&b, "/message-results?");
    put_minute(&b, "startUpdateDate", from_ms);
    put_minute(&b, "&endUpdateDate", to_ms + minute_ms);
    strbuf_printf(&b, "&pageNum=%d&pageSize=%d", page, NHN_FEED_ROWS);
    return finish_path(&b);
}

const char *nhn_template_path(struct arena *a, const struct provider_conf *conf, const struct template *t) {
    struct strbuf b;
    start_path(&b, a, conf);
    strbuf_puts(&b, "/senders/");
    strbuf_segment(&b, conf->sender_key);
    strbuf_puts(&b, "/templates/");
    strbuf_segment(&b, t->code);
    return finish_path(&b);
}

/* ---- body ---- */
static bool stands_in(struct arena *a, const char *pattern, const char *name) {
    const char *mark = pattern == NULL ? NULL : arena_printf(a, "#{%s}", name);
    return mark != NULL && strstr(pattern, mark) != NULL;
}

/* A parameter that the approved text and link do not have is refused (-3049): what only the text message shows stays out. */
static void put_parameters(struct json_out *o, struct arena *a, const struct outgoing *m) {
    const struct template *t = m->template;
    json_obj(o, "templateParameter");
    for (size_t i = 0; i < t->n_vars; i++)
        if (stands_in(a, t->text, t->vars[i].name) || stands_in(a, t->link, t->vars[i].name))
            json_put_text(o, t->vars[i].name, m->values[i]);
    json_obj_end(o);
}

/* Said in either case: without it the console's setting would decide. */
static void put_fallback(struct json_out *o, const struct provider_conf *conf, const struct outgoing *m) {
    bool wanted = m->fallback != NULL && *conf->sms_sender != '\0';
    json_obj(o, "resendParameter");
    json_put_bool(o, "isResend", wanted);
    if (wanted) {
        json_put_text(o, "resendType", "LMS");
        json_put_text(o, "resendTitle", m->template->fallback_title);
        json_put_text(o, "resendContent", m->fallback);
        json_put_text(o, "resendSendNo", conf->sms_sender);
    }
    json_obj_end(o);
}

const char *nhn_submit_body(struct arena *a, const struct provider_conf *conf, struct outgoing *const *m, size_t n) {
    struct strbuf b;
    strbuf_init(&b, a, BODY_MAX);
    struct json_out o = {.b = &b};
    json_obj(&o, NULL);
    json_put_text(&o, "senderKey", conf->sender_key);
    json_put_text(&o, "templateCode", m[0]->template->code);
    json_put_text(&o, "senderGroupingKey", m[0]->key);
    json_arr(&o, "recipientList");
    for (size_t i = 0; i < n; i++) {
        json_obj(&o, NULL);
        json_put_text(&o, "recipientNo", m[i]->phone);
        json_put_text(&o, "recipientGroupingKey", m[i]->own_id);
        put_parameters(&o, a, m[i]);
        put_fallback(&o, conf, m[i]);
        json_obj_end(&o);
    }
    json_arr_end(&o);
    json_obj_end(&o);
    return strbuf_ok(&b) ? b.data : NULL;
}
