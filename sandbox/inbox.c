/* inbox - the phones of the receivers: what each shows, as a page and as JSON for tests. */
#include <stdlib.h>
#include <string.h>
#include "common/arena.h"
#include "form.h"
#include "inbox_page.h"
#include "message_book.h"
#include "page.h"
#include "routes.h"

#define PAGE_BYTES ((size_t)8 * 1024 * 1024)
#define JSON_BYTES ((size_t)30 * 1024 * 1024)
#define SHOWN_MAX 200 /* on a page: the newest */

/* ---- what is on the phones ---- */

struct sighting {
    const struct message *m;
    struct message_sight seen;
};
struct sightings {
    struct sighting *item;
    size_t n;
};
struct filter { /* NULL: any */
    const char *phone, *own_id, *template_code;
    bool all; /* those no phone shows, too */
};

static bool like(const char *wanted, const char *have) { return wanted == NULL || strcmp(wanted, have) == 0; }

/* Inside the book. */
static struct sightings collect(struct exchange *x, const struct filter *f) {
    const struct message_book *b = x->sb->messages;
    struct sightings all = {.n = 0};
    all.item = arena_alloc(x->http->arena, (messages_end(b) - messages_first(b) + 1) * sizeof *all.item);
    for (uint64_t i = messages_first(b); all.item != NULL && i < messages_end(b); i++) {
        const struct message *m = messages_at(b, i);
        if (m == NULL || !like(f->phone, m->phone) || !like(f->own_id, message_text(m, TEXT_OWN_ID)) ||
            !like(f->template_code, m->template_code))
            continue;
        const struct message_sight seen = message_seen(m, x->now);
        if (seen.kind != NULL || f->all) all.item[all.n++] = (struct sighting){m, seen};
    }
    return all;
}

static int by_time(const void *a, const void *b) {
    const struct sighting *l = a, *r = b;
    if (l->seen.at != r->seen.at) return l->seen.at < r->seen.at ? -1 : 1;
    return l->m->number < r->m->number ? -1 : 1;
}

static int by_phone(const void *a, const void *b) {
    const struct sighting *l = a, *r = b;
    int order = strcmp(l->m->phone, r->m->phone);
    return order != 0 ? order : by_time(a, b);
}

/* ---- JSON ---- */

static const char *state_of(const struct sighting *s, int64_t now) {
    struct message_state state;
    message_look(s->m, now, &state);
    if (s->seen.kind != NULL) return "delivered";
    return state.over ? "failed" : "sending";
}

static void put_json(struct json_out *o, const struct sighting *s, int64_t now) {
    const struct message *m = s->m;
    const bool sms = s->seen.kind != NULL && strcmp(s->seen.kind, "alimtalk") != 0;
    json_obj(o, NULL);
    json_put_text(o, "provider", provider_names[m->provider]);
    json_put_text(o, "own_id", message_text(m, TEXT_OWN_ID));
    json_put_text(o, "phone", m->phone);
    json_put_text(o, "template", m->template_code);
    json_put_text(o, "text", message_text(m, sms ? TEXT_SMS : TEXT_BODY));
    if (sms || *message_text(m, TEXT_LINK) == '\0') {
        json_put_null(o, "button");
    } else {
        json_obj(o, "button");
        json_put_text(o, "name", message_text(m, TEXT_BUTTON));
        json_put_text(o, "link", message_text(m, TEXT_LINK));
        json_obj_end(o);
    }
    json_put_text(o, "kind", s->seen.kind != NULL ? s->seen.kind : "alimtalk");
    json_put_time(o, "at", s->seen.kind != NULL ? s->seen.at : m->accepted_at);
    json_put_text(o, "state", state_of(s, now));
    json_obj_end(o);
}

static const char *ask(const struct exchange *x, const char *name) {
    return form_value(x->http->arena, x->http->query, name);
}

void inbox_json(struct exchange *x) {
    const struct filter f = {
        .phone = ask(x, "phone"), .own_id = ask(x, "own_id"), .template_code = ask(x, "template"), .all = true};
    struct strbuf b;
    struct json_out o = {.b = &b};
    strbuf_init(&b, x->http->arena, JSON_BYTES);
    json_arr(&o, NULL);
    messages_enter(x->sb->messages);
    const struct sightings all = collect(x, &f);
    if (all.n > 0) qsort(all.item, all.n, sizeof *all.item, by_time);
    for (size_t i = all.n; i > 0; i--) put_json(&o, &all.item[i - 1], x->now); /* the newest first */
    messages_leave(x->sb->messages);
    json_arr_end(&o);
    answer_json(x, 200, &b);
}

/* ---- pages ---- */

static void put_bubble(struct strbuf *b, const struct sighting *s, bool newest) {
    const struct message *m = s->m;
    if (strcmp(s->seen.kind, "alimtalk") == 0) {
        const struct inbox_bubble bubble = {.at = s->seen.at,
                                            .text = message_text(m, TEXT_BODY),
                                            .button = message_text(m, TEXT_BUTTON),
                                            .link = message_text(m, TEXT_LINK),
                                            .newest = newest};
        inbox_put_alimtalk(b, &bubble);
    } else {
        const struct inbox_bubble bubble = {.at = s->seen.at,
                                            .title = message_text(m, TEXT_SMS_TITLE),
                                            .text = message_text(m, TEXT_SMS),
                                            .newest = newest};
        inbox_put_sms(b, &bubble);
    }
}

static void put_chat(struct exchange *x, struct strbuf *b, const char *phone) {
    const struct filter f = {.phone = phone};
    int64_t day_before = 0;
    inbox_begin_chat(b, phone);
    messages_enter(x->sb->messages);
    const struct sightings all = collect(x, &f);
    if (all.n > 0) qsort(all.item, all.n, sizeof *all.item, by_time);
    for (size_t i = all.n > SHOWN_MAX ? all.n - SHOWN_MAX : 0; i < all.n; i++) {
        inbox_put_day(b, all.item[i].seen.at, &day_before);
        put_bubble(b, &all.item[i], i + 1 == all.n);
    }
    messages_leave(x->sb->messages);
    inbox_end_chat(b, all.n == 0);
}

static void put_phones(struct exchange *x, struct strbuf *b) {
    const struct filter f = {.phone = NULL};
    size_t phones = 0;
    inbox_begin_list(b);
    messages_enter(x->sb->messages);
    const struct sightings all = collect(x, &f);
    if (all.n > 0) qsort(all.item, all.n, sizeof *all.item, by_phone);
    for (size_t i = 0, count = 1; i < all.n; i++, count++) { /* the last one of each phone stands for it */
        const struct message *m = all.item[i].m;
        if (i + 1 < all.n && strcmp(all.item[i + 1].m->phone, m->phone) == 0) continue;
        const bool sms = strcmp(all.item[i].seen.kind, "alimtalk") != 0;
        if (phones++ < SHOWN_MAX)
            inbox_put_phone(b, m->phone, count, message_text(m, sms ? TEXT_SMS : TEXT_BODY), all.item[i].seen.at);
        count = 0;
    }
    messages_leave(x->sb->messages);
    inbox_end_list(b, phones, SHOWN_MAX);
}

void inbox_page(struct exchange *x) {
    const char *phone = ask(x, "phone");
    struct strbuf b;
    strbuf_init(&b, x->http->arena, PAGE_BYTES);
    if (phone != NULL)
        put_chat(x, &b, phone);
    else
        put_phones(x, &b);
    answer_html(x, 200, &b);
}
