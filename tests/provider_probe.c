/* provider_probe - calls a row of the table of providers as it is told, line by line: for tests/providers.test.mjs, which runs every
 * row against the sandbox. A line of JSON in, a line of JSON out; what is not needed may be left out:
 *   {"call":"submit","template":"paid","values":{},"messages":[{"own_id","key","phone"}],"fallback":true}
 *   {"call":"look_up","own_id","submitted_ms","last_submitted_ms","request_id","recipient_seq"}
 *   {"call":"feed","from_ms","to_ms","keep":true}   all pages; keep: without acknowledging them
 *   {"call":"check","template":"paid"}
 * Settings: the daemon's, in the environment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/json.h"
#include "common/log.h"
#include "svc-notify/provider.h"
#include "svc-notify/result.h"
#include "svc-notify/template.h"

enum { ARENA_MAX = 64 << 20, LINE_MAX_BYTES = 1 << 20, MESSAGES_MAX = 1000, PAGES_MAX = 100 };
enum { TIMEOUT_MS = 3000 }; /* longer than a process of a test may stand still */

static struct provider provider;

/* ---- reading ---- */
static const char *text(struct json_in *in, const char *field) { return json_text(in, field, 0, 1000, JSON_OPTIONAL); }

static int64_t number(struct json_in *in, const char *field) {
    return json_int(in, field, 0, INT64_C(1) << 52, JSON_OPTIONAL);
}

static const struct template *template_of(struct json_in *in) {
    const char *key = text(in, "template");
    const struct template *t = template_find(key == NULL ? "paid" : key);
    return t;
}

/* Of the variables that the test says nothing about, the value is their name. */
static const char **values_of(struct arena *a, struct json_in *in, const struct template *t) {
    struct json_in given;
    const char **values = arena_alloc(a, (t->n_vars + 1) * sizeof *values);
    bool any = json_child(in, "values", &given, JSON_OPTIONAL);
    for (size_t i = 0; values != NULL && i < t->n_vars; i++) {
        values[i] = any ? text(&given, t->vars[i].name) : NULL;
        if (values[i] == NULL) values[i] = t->vars[i].name;
    }
    return values;
}

/* ---- writing ---- */
static void put_message(struct json_out *o, const struct outgoing *m) {
    static const char *const outcomes[] = {"accepted", "rejected", "retry", "unknown"};
    json_obj(o, NULL);
    json_put_text(o, "own_id", m->own_id);
    json_put_text(o, "outcome", outcomes[m->outcome]);
    json_put_text(o, "result", result_name(m->result));
    json_put_text(o, "code", m->code);
    json_put_text(o, "request_id", m->request_id);
    json_put_int(o, "recipient_seq", m->recipient_seq);
    json_obj_end(o);
}

static void put_rows(struct json_out *o, const struct feed *f) {
    for (size_t i = 0; i < f->n; i++) {
        json_obj(o, NULL);
        json_put_text(o, "own_id", f->rows[i].own_id);
        json_put_text(o, "request_id", f->rows[i].request_id);
        json_put_int(o, "recipient_seq", f->rows[i].recipient_seq);
        json_put_text(o, "result", result_name(f->rows[i].result));
        json_put_text(o, "code", f->rows[i].code);
        json_obj_end(o);
    }
}

/* ---- calls ---- */
static void submit(struct arena *a, struct json_in *in, struct json_out *o) {
    const struct template *t = template_of(in);
    const char **values = values_of(a, in, t);
    size_t n = json_array(in, "messages", 1, MESSAGES_MAX, JSON_REQUIRED);
    struct outgoing *all = arena_alloc(a, n * sizeof *all), **each = arena_alloc(a, n * sizeof *each);
    for (size_t i = 0; i < n; i++) {
        struct json_in item;
        each[i] = &all[i];
        if (!json_item(in, "messages", i, &item)) continue;
        all[i] = (struct outgoing){.own_id = text(&item, "own_id"),
                                   .key = text(&item, "key"),
                                   .phone = text(&item, "phone"),
                                   .template = t,
                                   .values = values,
                                   .text = template_fill(a, t, t->text, values)};
        if (json_bool(in, "fallback", JSON_OPTIONAL)) all[i].fallback = template_fill(a, t, t->fallback, values);
    }
    for (size_t i = 0; i < n; i += provider.max_batch)
        provider.submit(provider.self, a, each + i, n - i < provider.max_batch ? n - i : provider.max_batch);
    for (size_t i = 0; i < n; i++) put_message(o, each[i]);
}

static void look_up(struct arena *a, struct json_in *in, struct json_out *o) {
    struct outgoing m = {.own_id = text(in, "own_id"),
                         .key = text(in, "own_id"),
                         .submitted_ms = number(in, "submitted_ms"),
                         .last_submitted_ms = number(in, "last_submitted_ms"),
                         .request_id = text(in, "request_id"),
                         .recipient_seq = (int)number(in, "recipient_seq")};
    provider.look_up(provider.self, a, &m);
    put_message(o, &m);
}

/* A page that fails is told as null. */
static void feed(struct arena *a, struct json_in *in, struct json_out *o) {
    struct feed f = {.from_ms = number(in, "from_ms"), .to_ms = number(in, "to_ms")};
    bool keep = json_bool(in, "keep", JSON_OPTIONAL), good = true;
    bool more = true;
    for (int pages = 0; good && more && pages < PAGES_MAX; pages++) {
        good = provider.feed(provider.self, a, &f);
        if (good) put_rows(o, &f);
        more = f.page != 0 && !(keep && f.receipt != NULL); /* it would be the same page */
        if (good && !keep && f.receipt != NULL && provider.feed_stored != NULL)
            good = provider.feed_stored(provider.self, a, &f);
    }
    if (!good) json_put_null(o, NULL);
}

static void check(struct arena *a, struct json_in *in, struct json_out *o) {
    const struct template *t = template_of(in);
    const char *answer =
        provider.check_template == NULL ? "no such call" : provider.check_template(provider.self, a, t);
    json_put_text(o, NULL, answer);
}

static const struct {
    const char *name;
    void (*run)(struct arena *a, struct json_in *in, struct json_out *o);
} calls[] = {{"submit", submit}, {"look_up", look_up}, {"feed", feed}, {"check", check}};

/* {"answer":[…],"faults":n} */
static void serve(const char *line, size_t len) {
    struct arena *a = arena_new(ARENA_MAX);
    struct json_faults faults = {0};
    struct json_in in;
    struct strbuf b;
    strbuf_init(&b, a, 4 << 20);
    struct json_out o = {.b = &b};
    json_obj(&o, NULL);
    json_arr(&o, "answer");
    json_open(&in, a, &faults, line, len, false);
    const char *name = text(&in, "call");
    for (size_t i = 0; name != NULL && i < sizeof calls / sizeof *calls; i++)
        if (strcmp(calls[i].name, name) == 0) calls[i].run(a, &in, &o);
    json_arr_end(&o);
    json_put_int(&o, "faults", (int64_t)faults.n);
    json_obj_end(&o);
    puts(strbuf_ok(&b) ? b.data : "{}");
    fflush(stdout);
    arena_free(&a);
}

/* ---- life ---- */
static const char *setting(const char *name) {
    const char *value = getenv(name);
    return value == NULL ? "" : value;
}

int main(void) {
    static char line[LINE_MAX_BYTES];
    const struct provider_row *row = provider_find(setting("ALIMTALK_PROVIDER"));
    const struct provider_conf conf = {.base_url = setting("ALIMTALK_BASE_URL"),
                                       .app_key = setting("ALIMTALK_APP_KEY"),
                                       .secret_key = setting("ALIMTALK_SECRET_KEY"),
                                       .sender_key = setting("KAKAO_SENDER_KEY"),
                                       .sms_sender = setting("ALIMTALK_SMS_SENDER"),
                                       .timeout_ms = TIMEOUT_MS,
                                       .plain_http = true,
                                       .basic_base64 = strcmp(setting("ALIMTALK_BASIC_BASE64"), "on") == 0};
    log_init("provider-probe", LOG_INFO, NULL);
    struct arena *a = arena_new(ARENA_MAX);
    bool ready = row != NULL && template_scheme(a, "http://127.0.0.1") && row->open(&conf, &provider);
    while (ready && fgets(line, sizeof line, stdin) != NULL) serve(line, strlen(line));
    if (ready) provider.close(provider.self);
    arena_free(&a);
    return ready ? 0 : 1;
}
