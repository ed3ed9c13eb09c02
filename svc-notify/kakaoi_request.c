#include "kakaoi_request.h"

#include <string.h>

#include "common/arena.h"
#include "common/crypto.h"
#include "common/json.h"
#include "common/strbuf.h"
#include "template.h"

enum { BODY_MAX = 64 * 1024, PATH_MAX_BYTES = 1024 };

/* ---- headers and addresses ---- */
const char *kakaoi_basic(struct arena *a, const struct provider_conf *conf) {
    if (!conf->basic_base64) return arena_printf(a, "Authorization: Basic %s %s", conf->app_key, conf->secret_key);
    const char *plain = arena_printf(a, "%s:%s", conf->app_key, conf->secret_key);
    size_t n = plain == NULL ? 0 : strlen(plain);
    char *encoded = plain == NULL ? NULL : arena_alloc(a, 4 * ((n + 2) / 3) + 1);
    if (encoded == NULL) return NULL;
    base64_encode(plain, n, encoded);
    return arena_printf(a, "Authorization: Basic %s", encoded);
}

const char *kakaoi_complete_path(struct arena *a, const char *group) {
    struct strbuf b;
    strbuf_init(&b, a, PATH_MAX_BYTES);
    strbuf_puts(&b, "/v2/info/message/results/complete/");
    strbuf_segment(&b, group);
    return strbuf_ok(&b) ? b.data : NULL;
}

/* ---- bodies ---- */
/* Only the link that was registered: one more (url_pc) makes the delivery fail (3027). */
static bool put_button(struct json_out *o, struct arena *a, const struct outgoing *m) {
    const struct template *t = m->template;
    const char *link = t->link == NULL ? NULL : template_fill(a, t, t->link, m->values);
    if (t->link == NULL) return true;
    json_arr(o, "button");
    json_obj(o, NULL);
    json_put_text(o, "name", t->button);
    json_put_text(o, "type", "WL");
    json_put_text(o, "url_mobile", link);
    json_obj_end(o);
    json_arr_end(o);
    return link != NULL;
}

static void put_fallback(struct json_out *o, const struct outgoing *m) {
    json_put_bool(o, "fall_back_yn", m->fallback != NULL);
    if (m->fallback == NULL) return;
    json_put_text(o, "fall_back_message_type", "LM");
    json_put_text(o, "fall_back_title", m->template->fallback_title);
    json_put_text(o, "fall_back_message", m->fallback);
}

const char *kakaoi_send_body(struct arena *a, const struct provider_conf *conf, const struct outgoing *m) {
    struct strbuf b;
    strbuf_init(&b, a, BODY_MAX);
    struct json_out o = {.b = &b};
    json_obj(&o, NULL);
    json_put_text(&o, "message_type", "AT");
    json_put_text(&o, "sender_key", conf->sender_key);
    json_put_text(&o, "cid", m->own_id);
    json_put_text(&o, "template_code", m->template->code);
    json_put_text(&o, "phone_number", m->phone);
    json_put_text(&o, "sender_no", conf->sms_sender);
    json_put_text(&o, "message", m->text);
    bool linked = put_button(&o, a, m);
    put_fallback(&o, m);
    json_obj_end(&o);
    return linked && strbuf_ok(&b) ? b.data : NULL;
}

const char *kakaoi_search_body(struct arena *a, const struct outgoing *m) {
    struct strbuf b;
    strbuf_init(&b, a, BODY_MAX);
    struct json_out o = {.b = &b};
    json_obj(&o, NULL);
    json_put_text(&o, "cid", m->own_id);
    json_obj_end(&o);
    return strbuf_ok(&b) ? b.data : NULL;
}
