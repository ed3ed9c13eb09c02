/* nhn_template - reading templates as the console holds them (reference §2.9; the shape of the answers is of NHN's guide). */
#include <string.h>
#include "alimtalk.h"
#include "nhn.h"

static const struct {
    const char *code, *name;
} statuses[TEMPLATE_STATE_COUNT] = {
    [TEMPLATE_APPROVED] = {"TSC03", "승인"}, [TEMPLATE_REQUESTED] = {"TSC01", "요청"},
    [TEMPLATE_REJECTED] = {"TSC04", "반려"}, [TEMPLATE_DORMANT] = {"TSC03", "승인"},
    [TEMPLATE_BLOCKED] = {"TSC03", "승인"},  [TEMPLATE_CHANGED] = {"TSC03", "승인"},
    [TEMPLATE_MISSING] = {"TSC04", "반려"},
};

static void put_button(struct exchange *x, struct json_out *o, const struct template_view *t) {
    json_arr(o, "buttons");
    if (t->approved->link != NULL) {
        json_obj(o, NULL);
        json_put_int(o, "ordering", 1);
        json_put_text(o, "type", "WL");
        json_put_text(o, "name", t->approved->button);
        json_put_text(o, "linkMo", alimtalk_link(x->http->arena, t));
        json_obj_end(o);
    }
    json_arr_end(o);
}

static void put_template(struct exchange *x, struct json_out *o, const char *key, const struct template_view *t) {
    json_obj(o, key);
    json_put_text(o, "plusFriendId", CHANNEL_ID);
    json_put_text(o, "senderKey", x->sb->conf->sender_key);
    json_put_text(o, "plusFriendType", "NORMAL");
    json_put_text(o, "templateCode", t->approved->code);
    json_put_text(o, "kakaoTemplateCode", t->approved->code);
    json_put_text(o, "templateName", t->approved->name);
    json_put_text(o, "templateMessageType", "BA");
    json_put_text(o, "templateEmphasizeType", "NONE");
    json_put_text(o, "templateContent", t->text);
    put_button(x, o, t);
    json_put_text(o, "status", statuses[t->state].code);
    json_put_text(o, "statusName", statuses[t->state].name);
    json_put_bool(o, "block", t->state == TEMPLATE_BLOCKED);
    json_put_bool(o, "dormant", t->state == TEMPLATE_DORMANT);
    json_put_text(o, "createDate", "2026-01-05 10:00:00.0");
    json_put_text(o, "updateDate", "2026-01-07 10:00:00.0");
    json_obj_end(o);
}

static bool own_sender(const struct exchange *x) { return strcmp(x->param[1], x->sb->conf->sender_key) == 0; }

void nhn_template(struct exchange *x) {
    struct template_view t;
    struct strbuf b;
    struct json_out o;
    if (!own_sender(x)) {
        nhn_answer(x, "-2017");
    } else if (!templates_find(x->sb->templates, x->param[2], &t)) {
        nhn_answer(x, "-3003");
    } else {
        nhn_begin(x, &b, &o, "0");
        put_template(x, &o, "template", &t);
        json_obj_end(&o);
        answer_json(x, 200, &b);
    }
}

void nhn_template_list(struct exchange *x) {
    struct strbuf b;
    struct json_out o;
    int64_t n = 0;
    if (!own_sender(x)) {
        nhn_answer(x, "-2017");
        return;
    }
    nhn_begin(x, &b, &o, "0");
    json_obj(&o, "templateListResponse");
    json_arr(&o, "templates");
    for (size_t i = 0; i < approved_count; i++) {
        const struct template_view t = templates_at(x->sb->templates, i);
        if (t.state == TEMPLATE_MISSING) continue;
        put_template(x, &o, NULL, &t);
        n++;
    }
    json_arr_end(&o);
    json_put_int(&o, "totalCount", n);
    json_obj_end(&o);
    json_obj_end(&o);
    answer_json(x, 200, &b);
}
