/* session - login, refresh, logout: what svc-admin says of a session becomes cookies.
 *
 * It answers {"session","refresh_token","refresh_expires_in","answer":{…}}; only `answer` is shown: the refresh token is in its
 * cookie alone, where no script reads it. No body: the session has ended. */
#include <string.h>
#include "common/daemon.h"
#include "common/jwt.h"
#include "cookies.h"
#include "gateway.h"

#define ANSWER_MAX 16384
#define USER_AGENT_MAX 200

static void set_cookie(struct request *r, enum cookie which, const char *value, int64_t max_age) {
    struct strbuf text;
    strbuf_init(&text, r->http->arena, COOKIE_MAX);
    cookie_set(&text, which, value, max_age, r->https || daemon_production(r->gw->daemon));
    header_add(r, "Set-Cookie", text.data);
}

static void clear_cookies(struct request *r) {
    for (enum cookie c = 0; c < COOKIE_COUNT; c++) set_cookie(r, c, "", 0);
}

/* Sets the cookies and finds the answer to show. False: not what was agreed with svc-admin. */
static bool open_session(struct request *r, const struct bus_reply *reply, const char **answer) {
    struct json_faults faults = {0};
    struct json_in in, shown;
    if (json_open(&in, r->http->arena, &faults, reply->body, reply->body_len, false) != ST_OK) return false;
    if (!json_child(&in, "answer", &shown, JSON_REQUIRED)) return false;
    const char *session = json_text(&in, "session", 1, 64, JSON_REQUIRED);
    const char *refresh = json_text(&in, "refresh_token", 1, 512, JSON_REQUIRED);
    int64_t lasts = json_int(&in, "refresh_expires_in", 0, INT32_MAX, JSON_REQUIRED);
    const char *access = json_text(&shown, "access_token", 1, JWT_MAX, JSON_REQUIRED);
    int64_t seconds = json_int(&shown, "expires_in", 0, INT32_MAX, JSON_REQUIRED);
    *answer = json_raw(&in, "answer", ANSWER_MAX);
    if (faults.n > 0 || *answer == NULL) return false;
    char csrf[CSRF_TEXT];
    csrf_make(r->gw->csrf_key, session, csrf);
    set_cookie(r, COOKIE_ACCESS, access, seconds);
    set_cookie(r, COOKIE_REFRESH, refresh, lasts);
    set_cookie(r, COOKIE_CSRF, csrf, lasts);
    return true;
}

/* What is not printable is left out: the text is for people who look through their sessions. */
static const char *user_agent(struct request *r) {
    const char *given = http_header(r->http, "User-Agent");
    struct strbuf text;
    strbuf_init(&text, r->http->arena, USER_AGENT_MAX + 1);
    for (; given != NULL && *given != '\0' && text.len < USER_AGENT_MAX; given++)
        if (*given >= 0x20 && *given < 0x7f) strbuf_putc(&text, *given);
    return text.data;
}

/* A page that signs out is signed out, also when nobody could be told: no script can take the cookies away. */
void serve_session(struct request *r) {
    const struct route *route = r->route;
    bool renewal = strcmp(route->op, "refresh") == 0, ends = route->who == WHO_SIGNING_OUT;
    bool begins = !renewal && !ends;
    const char *answer_text, *refresh = cookie_get(r->http->arena, http_header(r->http, "Cookie"), COOKIE_REFRESH);
    struct bus_head head;
    struct bus_reply reply = {.status = ST_UNAUTHENTICATED};
    call_head(r, &head);
    call_param(&head, "user_agent", user_agent(r));
    if (!begins && refresh != NULL) call_param(&head, "refresh_token", refresh);
    if (begins || refresh != NULL || r->who.role != ROLE_VISITOR)
        bus_call(r->gw->bus, route->service, route->lane, &head, r->http->arena, &reply);
    if (ends || (renewal && reply.status == ST_UNAUTHENTICATED)) clear_cookies(r);
    if (!call_done(r, &reply)) return;
    if (ends)
        answer(r, 204, NULL, "", 0);
    else if (open_session(r, &reply, &answer_text))
        answer(r, status_http(reply.status), "application/json", answer_text, strlen(answer_text));
    else
        refuse(r, ST_INTERNAL);
}
