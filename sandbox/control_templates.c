/* control_templates - Kakao's console, by call: the state of approved templates. */
#include "alimtalk_templates.h"
#include "routes.h"

#define LIST_BYTES ((size_t)256 * 1024)

void control_templates(struct exchange *x) {
    struct strbuf b;
    struct json_out o = {.b = &b};
    strbuf_init(&b, x->http->arena, LIST_BYTES);
    json_obj(&o, NULL);
    json_arr(&o, "templates");
    for (size_t i = 0; i < approved_count; i++) {
        const struct template_view t = templates_at(x->sb->templates, i);
        json_obj(&o, NULL);
        json_put_text(&o, "code", t.approved->code);
        json_put_text(&o, "state", template_state_names[t.state]);
        json_put_text(&o, "text", t.text);
        json_obj_end(&o);
    }
    json_arr_end(&o);
    json_obj_end(&o);
    answer_json(x, 200, &b);
}

void control_template(struct exchange *x) {
    const char *code = json_text(&x->in, "code", 1, 40, JSON_REQUIRED);
    const char *state = json_text(&x->in, "state", 1, 20, JSON_REQUIRED);
    json_end(&x->in);
    if (x->malformed || x->bad.n > 0 || !templates_switch(x->sb->templates, code, state))
        answer_code(x, "INVALID_REQUEST");
    else
        control_templates(x);
}
