/* kakaoi_token - POST /v2/oauth/token. `Authorization: Basic id secret` is two plain words, no base64 (reference §3.1). */
#include <string.h>
#include "common/arena.h"
#include "common/crypto.h"
#include "form.h"
#include "kakaoi.h"

static bool known_client(struct exchange *x) {
    const struct config *conf = x->sb->conf;
    const char *given = http_header(x->http, "Authorization");
    const char *wanted = arena_printf(x->http->arena, "Basic %s %s", conf->app_key, conf->alimtalk_secret);
    return given != NULL && wanted != NULL && strlen(given) == strlen(wanted) &&
           secret_equal(given, wanted, strlen(wanted));
}

void kakaoi_token(struct exchange *x) {
    const char *grant = form_value(x->http->arena, x->body, "grant_type");
    char token[TOKEN_LEN + 1];
    struct strbuf b;
    struct json_out o;
    if (!known_client(x)) {
        kakaoi_answer(x, "API_401");
    } else if (grant == NULL || strcmp(grant, "client_credentials") != 0) {
        kakaoi_answer(x, "API_400");
    } else {
        const int64_t seconds = x->sb->conf->token_seconds;
        kakaoi_new_token(x->sb->kakaoi, x->now + seconds * SECOND_MS, token);
        kakaoi_begin(x, &b, &o, "200");
        json_put_text(&o, "access_token", token);
        json_put_text(&o, "token_type", "bearer");
        json_put_int(&o, "expires_in", seconds);
        json_obj_end(&o);
        answer_json(x, 200, &b);
    }
}
