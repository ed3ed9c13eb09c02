/* bus_req - what a handler may ask about its request. */
#include <stdlib.h>
#include <string.h>
#include "arena.h"
#include "bus_server_int.h"
#include "timeutil.h"

#define NUMBER_DIGITS 18 /* always fit an int64_t */

bool name_listed(const char *list, const char *name) {
    size_t n = strlen(name);
    if (strcmp(list, "*") == 0) return true;
    for (const char *at = list; *at != '\0';) {
        size_t len = strcspn(at, ",");
        if (len == n && memcmp(at, name, n) == 0) return true;
        at += len + (at[len] == ',');
    }
    return false;
}

const char *bus_param(const struct bus_req *req, const char *name) {
    for (size_t i = 0; i < req->head.n_params; i++)
        if (strcmp(req->head.params[i].name, name) == 0) return req->head.params[i].value;
    return NULL;
}

const char *bus_param_text(const struct bus_req *req, const char *name) {
    const char *text = bus_param(req, name);
    return text != NULL && *text != '\0' ? text : NULL;
}

bool bus_param_int(const struct bus_req *req, const char *name, int64_t min, int64_t max, int64_t def, int64_t *v) {
    const char *text = bus_param_text(req, name);
    *v = def;
    if (text == NULL) return true;
    size_t len = strlen(text);
    if (len > NUMBER_DIGITS || strspn(text, "0123456789") != len) return false;
    *v = strtoll(text, NULL, 10);
    return *v >= min && *v <= max;
}

bool bus_param_id(const struct bus_req *req, int64_t max, int64_t *id) {
    return bus_param_int(req, "id", 1, max, 0, id) && *id > 0;
}

bool bus_in_scope(const struct bus_req *req, const char *exhibition_code) {
    return name_listed(req->head.scope, exhibition_code);
}

enum status bus_scope(const struct bus_req *req, const char *const **codes, size_t *n) {
    const char *asked = bus_param_text(req, "exhibition"), *at = req->head.scope;
    bool named = asked != NULL;
    size_t most = 1;
    *codes = NULL;
    *n = 0;
    if (named && !bus_in_scope(req, asked)) return ST_NOT_FOUND;
    if (!named && strcmp(at, "*") == 0) return ST_OK;
    for (const char *c = at; *c != '\0'; c++) most += *c == ',';
    const char **list = arena_alloc(req->arena, most * sizeof *list);
    *codes = list;
    if (list == NULL) return ST_BUSY;
    if (named) list[(*n)++] = asked;
    while (!named && *at != '\0') {
        size_t len = strcspn(at, ",");
        if (len > 0 && (list[(*n)++] = arena_strndup(req->arena, at, len)) == NULL) return ST_BUSY;
        at += len + (at[len] == ',');
    }
    return ST_OK;
}

int64_t bus_left_ms(const struct bus_req *req) { return req->head.deadline_ms - time_now_ms(); }

/* 16 bytes as 8-4-4-4-12 hexadecimal digits. */
static void uuid_text(const uint8_t *bytes, char out[37]) {
    static const size_t groups[] = {4, 2, 2, 2, 6};
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        hex_encode(bytes, groups[i], out);
        bytes += groups[i];
        out += 2 * groups[i];
        *out++ = '-';
    }
    out[-1] = '\0';
}

void bus_idem(const struct bus_req *req, char key[37], char body[37]) {
    const struct bus_head *h = &req->head;
    uint8_t digest[SHA256_LEN];
    /* whoever has an identity hears again only of what they did themselves; visitors name the order they may touch */
    const int64_t who[] = {h->role == ROLE_DEVICE, h->user_id};
    /* each text with its NUL: "a" + "bc" is not "ab" + "c" */
    const struct slice scope[] = {{h->op, strlen(h->op) + 1},
                                  {h->path, strlen(h->path) + 1},
                                  {h->idem_key, strlen(h->idem_key) + 1},
                                  {who, sizeof who}};
    sha256(scope, h->user_id == 0 ? 3 : 4, digest);
    uuid_text(digest, key);
    const struct slice content = {h->body, h->body_len};
    sha256(&content, 1, digest);
    uuid_text(digest, body);
}
